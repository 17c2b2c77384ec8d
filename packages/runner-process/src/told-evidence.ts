import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type Evidence,
  evidenceOfReports,
  factOfRecords,
  type ReportMoment,
  reportsFileName,
  type SessionProfile,
} from "@wiggum/workflow";
import { systemCode } from "./failures.js";
import { readLastLines } from "./read-output.js";
import { type Session, sessionPaths } from "./session-files.js";

const profileFile = "program.json";
/** So much of the end of output and reports is looked at: enough for the last record that says something. */
const readBytes = 256 * 1024;
const readLines = 400;

/** Keeps what is known of the program beside its session, for whoever looks at it later. */
export async function keepProfile(stateDirectory: string, profile: SessionProfile): Promise<void> {
  await writeFile(join(stateDirectory, profileFile), `${JSON.stringify(profile)}\n`, { mode: 0o600 });
}

/** Absent when nothing is known of the session's program. */
export async function readProfile(stateDirectory: string): Promise<SessionProfile | undefined> {
  const text = await readIfThere(join(stateDirectory, profileFile));
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as SessionProfile;
  } catch {
    // A session without it is only less known.
    return undefined;
  }
}

/** What a living session has said of itself: records in its output, reports of its hooks. A look that fails adds nothing. */
export async function toldEvidence(
  { stateDirectory }: Pick<Session, "stateDirectory">,
  moment: ReportMoment,
): Promise<readonly Evidence[]> {
  const { nowMs: atMs, generation } = moment;
  const tail = (path: string) => readLastLines(path, readLines, readBytes).catch(() => "");
  const records = (await readProfile(stateDirectory))?.records;
  const fact =
    records === undefined
      ? undefined
      : factOfRecords(records, await tail(sessionPaths(stateDirectory).output));
  // The program has said nothing else since then, and it lives: that still holds now.
  const protocol: readonly Evidence[] =
    fact === undefined ? [] : [{ source: "protocol", fact, atMs, generation }];
  return [...protocol, ...evidenceOfReports(await tail(join(stateDirectory, reportsFileName)), moment)];
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
