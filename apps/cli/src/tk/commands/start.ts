import type { TkCommand } from "../tk-call.js";
import { tkUsage } from "../tk-failure.js";
import { setStatus } from "./status.js";

/** `start`: sets the status to `in_progress`. */
export const start: TkCommand = async (call) => {
  const [id] = call.words;
  if (id === undefined) throw tkUsage(`Usage: ${call.program} start <id>`);
  return await setStatus(call, id, "in_progress");
};
