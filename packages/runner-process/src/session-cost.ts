import { stat } from "node:fs/promises";
import { costOfRecords, type RecordRules, tokensOfRecords } from "@wiggum/workflow";
import { systemCode } from "./failures.js";
import { readLastLines } from "./read-output.js";
import { sessionPaths } from "./session-files.js";
import { readProfile } from "./told-evidence.js";

/** What adds up is read whole, or it would be too little. */
const mostBytes = 32 * 1024 * 1024;

/** What the session's program printed that it cost, US dollars; undefined = nothing that can be read. */
export async function sessionCost(stateDirectory: string): Promise<number | undefined> {
  return readFigure(stateDirectory, "cost", costOfRecords);
}

/** What it printed of the tokens that it used; undefined = nothing that can be read. */
export async function sessionTokens(stateDirectory: string): Promise<number | undefined> {
  return readFigure(stateDirectory, "tokens", tokensOfRecords);
}

async function readFigure(
  stateDirectory: string,
  name: "cost" | "tokens",
  read: (rules: RecordRules, output: string) => number | undefined,
): Promise<number | undefined> {
  const records = (await readProfile(stateDirectory))?.records;
  const rule = records?.[name];
  if (records === undefined || rule === undefined) return undefined;
  const { output } = sessionPaths(stateDirectory);
  const size = await sizeOf(output);
  if (size > mostBytes && rule.isAdded === true) return undefined;
  return read(records, await readLastLines(output, Number.MAX_SAFE_INTEGER, mostBytes));
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return 0;
    throw error;
  }
}
