import type { TkCommand } from "../tk-call.js";
import { tkUsage } from "../tk-failure.js";
import { setStatus } from "./status.js";

/** `close`: sets the status to `closed`. */
export const close: TkCommand = async (call) => {
  const [id] = call.words;
  if (id === undefined) throw tkUsage(`Usage: ${call.program} close <id>`);
  return await setStatus(call, id, "closed");
};
