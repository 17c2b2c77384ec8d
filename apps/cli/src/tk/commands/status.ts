import type { TkCall, TkCommand } from "../tk-call.js";
import { tkUsage } from "../tk-failure.js";

/** `status`: any status may follow any other in a folder of tickets. */
export const status: TkCommand = async (call) => {
  const [id, wanted] = call.words;
  if (id === undefined || wanted === undefined) {
    throw tkUsage(`Usage: ${call.program} status <id> <status>`, "Valid statuses: open in_progress closed");
  }
  return await setStatus(call, id, wanted);
};

/** Moves a ticket and says where it is now. */
export async function setStatus({ host, store }: TkCall, typed: string, wanted: string): Promise<number> {
  store.checkStatus(wanted);
  const id = await store.find(typed);
  host.print(`Updated ${id} -> ${await store.setStatus(id, wanted)}\n`);
  return 0;
}
