/** Where the branch of the upstream was when it was last seen. */
export const upstreamRef = "refs/wiggum/upstream";

/** What waits for the upstream to accept it, where its word counts; and what of that may be on its way. */
export const pendingRef = "refs/wiggum/uplink";
export const sentRef = "refs/wiggum/uplink-sent";

/** Files of the uplink inside the bare repository. */
export const uplinkPaths = {
  lock: "wiggum/uplink/lock.db",
  state: "wiggum/uplink/state.json",
  refused: "wiggum/uplink/refused.jsonl",
  received: "wiggum/uplink/received",
} as const;
