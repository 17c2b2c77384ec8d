import { stat } from "node:fs/promises";
import { costOfRecords } from "@wiggum/workflow";
import { systemCode } from "./failures.js";
import { readLastLines } from "./read-output.js";
import { sessionPaths } from "./session-files.js";
import { readProfile } from "./told-evidence.js";

/** What adds up is read whole, or it would be too little. */
const mostBytes = 32 * 1024 * 1024;

/** What the session's program printed that it cost, US dollars; undefined = nothing that can be read. */
export async function sessionCost(stateDirectory: string): Promise<number | undefined> {
  const records = (await readProfile(stateDirectory))?.records;
  if (records?.cost === undefined) return undefined;
  const { output } = sessionPaths(stateDirectory);
  const size = await sizeOf(output);
  if (size > mostBytes && records.cost.isAdded === true) return undefined;
  return costOfRecords(records, await readLastLines(output, Number.MAX_SAFE_INTEGER, mostBytes));
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return 0;
    throw error;
  }
}
