import { lstat } from "node:fs/promises";
import { readTextFile } from "./settings-problems.js";

/** What lies in the place of a ticket's file, in words that go on after its path: `is a link`, `is no text: …`. */
export async function foreignReason(path: string): Promise<string> {
  const status = await lstat(path).catch(() => undefined);
  if (status === undefined) return "cannot be looked at";
  if (status.isSymbolicLink()) return "is a link";
  if (status.isDirectory()) return "is a folder";
  if (!status.isFile()) return "is no file";
  const read = await readTextFile(path);
  if (!("problem" in read)) return "is no text";
  const { line, message } = read.problem;
  return line === undefined ? message : `is no text: it is not UTF-8 from line ${line} on`;
}

/** The next step, whatever it is. */
export const foreignHint =
  "Move it away (a text: save it as UTF-8), then 'wiggum doctor --fix' brings the file back.";
