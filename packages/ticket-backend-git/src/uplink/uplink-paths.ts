/** Where the branch of the upstream was when it was last seen. */
export const upstreamRef = "refs/wiggum/upstream";

/** Files of the uplink inside the bare repository. */
export const uplinkPaths = {
  lock: "wiggum/uplink/lock.db",
  state: "wiggum/uplink/state.json",
  refused: "wiggum/uplink/refused.jsonl",
  received: "wiggum/uplink/received",
} as const;
