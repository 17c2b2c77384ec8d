// Settings that cannot be used: how they are read, and in which words they are refused.
import { readFileSync } from "node:fs";
import { relative, sep } from "node:path";
import { printable } from "@wiggum/ticket-core";
import { WorkflowError } from "@wiggum/workflow";

/** One thing that is wrong, for `SETTINGS_INVALID`. */
export interface SettingsProblem {
  /** The name of the setting, or what of the file is meant. */
  readonly at: string;
  /** Absolute; absent = the file that is being read, or no file. */
  readonly path?: string | undefined;
  /** 1 = first. */
  readonly line?: number | undefined;
  /** What was expected and what was found, in words that go on after the name. */
  readonly message: string;
}

/** Text of a settings file; `undefined` = there is none. */
export type SettingsText =
  | { readonly text: string | undefined }
  | { readonly problem: SettingsProblem; readonly cause?: unknown };

const reasons: Readonly<Record<string, string>> = {
  EISDIR: "it is a folder",
  EACCES: "there is no permission to read it",
  EPERM: "there is no permission to read it",
  ELOOP: "its symbolic links lead in a circle",
};

/** Reads a file that must be text: a binary file is told by the line where it stops being one. */
export async function readTextFile(path: string): Promise<SettingsText> {
  let bytes: Buffer;
  try {
    // At once: four small files through other threads take longer than the rest of a start.
    bytes = readFileSync(path);
  } catch (cause) {
    const { code = String(cause) } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return { text: undefined };
    return { problem: { at: "the file", path, message: `cannot be read: ${reasons[code] ?? code}` }, cause };
  }
  const text = bytes.toString("utf8");
  const end = endOfText(bytes, text);
  if (end === undefined) return { text };
  const line = bytes.subarray(0, end).toString("latin1").split("\n").length;
  return { problem: { at: "the file", path, line, message: "is no text: it is not UTF-8 from here on" } };
}

/** Offset of the first byte that no text has; `undefined` = it is text throughout. */
function endOfText(bytes: Buffer, text: string): number | undefined {
  const zero = bytes.indexOf(0);
  const again = Buffer.from(text, "utf8");
  if (again.equals(bytes)) return zero < 0 ? undefined : zero;
  let at = 0;
  while (at < bytes.length && bytes[at] === again[at]) at += 1;
  return zero < 0 ? at : Math.min(at, zero);
}

/** The text of a file; `undefined` where there is none. @throws SETTINGS_INVALID it is there and cannot be read, or is no text */
export async function readSettingsText(path: string, root?: string): Promise<string | undefined> {
  const read = await readTextFile(path);
  if ("text" in read) return read.text;
  throw settingsInvalid(root, path, [read.problem], read.cause);
}

/**
 * All problems in one error, a line of the message for each. `path` is the file of those that name none; `root` shortens the paths that
 * people see.
 */
export function settingsInvalid(
  root: string | undefined,
  path: string | undefined,
  problems: readonly SettingsProblem[],
  cause?: unknown,
): WorkflowError<"SETTINGS_INVALID"> {
  const placed = problems.map((problem) => {
    const file = problem.path ?? path;
    return { ...problem, ...(file === undefined ? {} : { path: file }) };
  });
  const shown = (file: string) => printable(shorten(root, file));
  const sentences = placed.map((problem) => {
    const { at, line, message } = problem;
    const place =
      problem.path === undefined ? "" : `${shown(problem.path)}${line === undefined ? "" : `:${line}`}: `;
    return `${place}${printable(at)} ${message}`;
  });
  const places = [
    ...new Set(placed.map((problem) => (problem.path === undefined ? undefined : shown(problem.path)))),
  ];
  const [first] = placed;
  return new WorkflowError(
    "SETTINGS_INVALID",
    sentences.join("\n"),
    { path: first?.path, line: first?.line, problems: placed },
    { hint: nextStep(places, placed), ...(cause === undefined ? {} : { cause }) },
  );
}

function nextStep(places: readonly (string | undefined)[], problems: readonly SettingsProblem[]): string {
  const files = places.filter((place) => place !== undefined);
  if (places.length > 1) return "Correct each of these, then run the command again.";
  if (files[0] !== undefined) return `Correct ${files[0]}, then run the command again.`;
  const names = problems.map(({ at }) => printable(at)).join(", ");
  return `Correct or unset ${names} in the environment, then run the command again.`;
}

/** A flag whose value cannot be used; `problem` goes on after its name. */
export function flagInvalid(
  flag: string,
  value: string,
  problem: string,
  hint: string,
): WorkflowError<"FLAG_INVALID"> {
  return new WorkflowError("FLAG_INVALID", `${flag} ${problem}`, { flag, value }, { hint });
}

/** The text of the file that a flag names. @throws FLAG_INVALID there is none, or it cannot be read as text */
export async function readFlagFile(flag: string, path: string, hint: string): Promise<string> {
  const read = await readTextFile(path);
  if ("problem" in read) {
    const { line, message } = read.problem;
    const place = `${printable(path)}${line === undefined ? "" : `:${line}`}`;
    throw flagInvalid(flag, path, `names ${place}, which ${message}`, hint);
  }
  if (read.text === undefined)
    throw flagInvalid(flag, path, `names ${printable(path)}, which does not exist`, hint);
  return read.text;
}

function shorten(root: string | undefined, path: string): string {
  if (root === undefined) return path;
  const short = relative(root, path);
  return short.startsWith(`..${sep}`) || short === ".." ? path : short;
}
