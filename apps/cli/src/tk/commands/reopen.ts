import type { TkCommand } from "../tk-call.js";
import { tkUsage } from "../tk-failure.js";
import { setStatus } from "./status.js";

/** `reopen`: sets the status to `open`. */
export const reopen: TkCommand = async (call) => {
  const [id] = call.words;
  if (id === undefined) throw tkUsage(`Usage: ${call.program} reopen <id>`);
  return await setStatus(call, id, "open");
};
