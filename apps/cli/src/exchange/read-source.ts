// From a path to the files of a source, and to what its reader makes of them. The only file of the exchange that reads the disk.
import { lstat, readdir, readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { CommandError } from "../command-error.js";
import { readFileBounded } from "../read-bounded.js";
import { attachmentsBeside, withFilesBeside } from "./attachments-beside.js";
import { readBacklog } from "./formats/backlog.js";
import { readBeads } from "./formats/beads.js";
import { readGithub } from "./formats/github.js";
import { readTicketLines } from "./formats/jsonl.js";
import { readTaskmaster } from "./formats/taskmaster.js";
import { readTk } from "./formats/tk.js";
import { readWorkItems } from "./formats/work-items.js";
import type { SourceContents, SourceFile, SourceFormat, SourceReader } from "./imported-ticket.js";

interface SourceKind {
  readonly read: SourceReader;
  /** What is expected at the path, for people. */
  readonly wanted: string;
  /** Where it is below a folder that was named instead. For a source that is a folder: folders that one of its own has. */
  readonly below: readonly string[];
  readonly isFolder: boolean;
  /** Of which files the content counts. */
  readonly isRead?: ((name: string) => boolean) | undefined;
  /** Which folders bear the name of a record. Default: those that would be read. */
  readonly isNamedAsRecord?: ((name: string) => boolean) | undefined;
  /** What a record of a folder is, for people. */
  readonly record?: string | undefined;
}

const kinds: Readonly<Record<SourceFormat, SourceKind>> = {
  beads: {
    read: readBeads,
    wanted: "issues.jsonl of beads, or a folder with .beads/issues.jsonl",
    below: ["issues.jsonl", ".beads/issues.jsonl", "beads.jsonl", ".beads/beads.jsonl"],
    isFolder: false,
  },
  github: {
    read: readGithub,
    wanted: "a file with what 'gh issue list --state all --json number,title,body,...' printed",
    below: [],
    isFolder: false,
  },
  taskmaster: {
    read: readTaskmaster,
    wanted: "tasks.json of task-master, or a folder with .taskmaster/tasks/tasks.json",
    below: ["tasks.json", ".taskmaster/tasks/tasks.json", "tasks/tasks.json"],
    isFolder: false,
  },
  jsonl: {
    read: readTicketLines,
    wanted: "a file of 'wiggum ticket export --to jsonl'",
    below: [],
    isFolder: false,
    // Of what lies beside it, nothing is text.
    isRead: () => false,
  },
  tk: {
    read: readTk,
    wanted: "a folder .tickets with <id>.md files",
    below: [".tickets"],
    isFolder: true,
    isRead: (name) => name.endsWith(".md"),
    record: "a Markdown file",
  },
  backlog: {
    read: readBacklog,
    wanted: "a folder of Backlog.md (backlog/, with tasks/ in it)",
    below: ["backlog", ".backlog"],
    isFolder: true,
    isRead: (name) => name.endsWith(".md"),
    record: "a Markdown file",
  },
  "work-items": {
    read: readWorkItems,
    wanted: "a folder with open/, pending/ and closed/ in it",
    below: ["work-items", ".yoi/tickets"],
    isFolder: true,
    isRead: (name) => !name.includes("/artifacts/"),
    isNamedAsRecord: (name) => /^(?:open|pending|closed)\/[^/]+$/.test(name),
    record: "an item with item.md in it",
  },
};

/** What the files backend of ours keeps beside the tickets: no ticket of anybody. */
const journalFolder = ".ticket-journal";

/** Larger files are no text that could be held in memory as one. */
const largestFileBytes = 1024 * 1024 * 1024;
const tooLarge = "it is over 1 GiB; split it";

/** @throws SOURCE_UNREADABLE there is nothing of that format */
export async function readSource(
  format: SourceFormat,
  path: string,
  from: { readonly workingDirectory: string; readStdinBytes(most?: number): Promise<Uint8Array> },
): Promise<SourceContents> {
  const kind = kinds[format];
  if (path === "-") {
    if (kind.isFolder) throw unreadable(format, path, "standard input is no folder");
    const bytes = await from.readStdinBytes(largestFileBytes);
    if (bytes.length > largestFileBytes) throw unreadable(format, path, tooLarge);
    return kind.read([{ path: "standard input", name: "-", bytes }]);
  }
  const {
    files,
    links,
    odd = [],
    beside = [],
  } = await filesOf(format, path, resolve(from.workingDirectory, path));
  const contents = withFilesBeside(kind.read(files), beside);
  if (kind.isFolder && contents.records.length === 0 && contents.problems.length === 0) {
    throw unreadable(format, path, "nothing of that kind is in there");
  }
  const linked = links.map((link) => ({ path: link, why: "is a link, which is not followed" }));
  const problems = odd.map(({ path: each, isRecord }) => ({
    path: each,
    message: `It is no plain file: ${isRecord ? kind.record : "an attachment"} was expected`,
  }));
  return {
    ...contents,
    problems: [...contents.problems, ...problems],
    leftOut: [...contents.leftOut, ...linked],
  };
}

interface Found {
  readonly files: readonly SourceFile[];
  readonly links: readonly string[];
  /** What bears the name of a record, or lies where attachments do, and is none: a pipe, a folder. */
  readonly odd?: readonly { readonly path: string; readonly isRecord: boolean }[] | undefined;
  /** Files in the folder beside the file. */
  readonly beside?: readonly SourceFile[] | undefined;
}

async function filesOf(format: SourceFormat, shown: string, path: string): Promise<Found> {
  const { isFolder, below } = kinds[format];
  try {
    const isDirectory = (await stat(path)).isDirectory();
    if (isFolder) {
      if (!isDirectory) throw unreadable(format, shown, "it is no folder");
      const inner = await firstThere(path, below);
      return await walk(
        format,
        inner === undefined ? path : join(path, inner),
        inner === undefined ? shown : join(shown, inner),
      );
    }
    const inner = isDirectory ? await firstThere(path, below) : "";
    if (inner === undefined) throw unreadable(format, shown, "it is a folder");
    const file = await load(
      format,
      inner === "" ? path : join(path, inner),
      inner === "" ? shown : join(shown, inner),
    );
    if (format !== "jsonl") return { files: [file], links: [] };
    const { files: beside, links, odd } = await walkBeside(format, path, shown);
    return { files: [file], links, odd, beside };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof CommandError || code === undefined) throw error;
    const why = code === "ENOENT" ? "there is no such file or folder" : `it cannot be read (${code})`;
    throw unreadable(format, shown, why, error);
  }
}

async function load(format: SourceFormat, path: string, shown: string): Promise<SourceFile> {
  const { size } = await stat(path);
  const bytes = size > largestFileBytes ? undefined : await readFileBounded(path, largestFileBytes);
  if (bytes === undefined) throw unreadable(format, shown, tooLarge);
  return { path: shown, name: shown, bytes };
}

/** Attachments that lie beside a file of tickets, if there are some. */
async function walkBeside(format: SourceFormat, path: string, shown: string): Promise<Found> {
  const found = await lstat(attachmentsBeside(path)).catch(() => undefined);
  return found?.isDirectory()
    ? await walk(format, attachmentsBeside(path), attachmentsBeside(shown))
    : { files: [], links: [] };
}

async function isEmpty(folder: string): Promise<boolean> {
  return (await readdir(folder)).length === 0;
}

async function firstThere(folder: string, names: readonly string[]): Promise<string | undefined> {
  for (const name of names) {
    const found = await stat(join(folder, name)).catch(() => undefined);
    if (found !== undefined) return name;
  }
  return undefined;
}

/** Every file below, in the order of names. Links are not followed: they may lead anywhere. */
async function walk(format: SourceFormat, root: string, shown: string): Promise<Found> {
  const { isRead = () => true, isNamedAsRecord = isRead } = kinds[format];
  const files: SourceFile[] = [];
  const links: string[] = [];
  const odd: { path: string; isRecord: boolean }[] = [];
  const open = [""];
  for (let folder = open.shift(); folder !== undefined; folder = open.shift()) {
    const names = (await readdir(join(root, folder))).filter((name) => name !== journalFolder).sort();
    for (const each of names) {
      const name = folder === "" ? each : `${folder}/${each}`;
      const found = await lstat(join(root, name));
      if (found.isSymbolicLink()) links.push(join(shown, name));
      else if (found.isDirectory()) {
        open.push(name);
        if (isNamedAsRecord(name) && (await isEmpty(join(root, name))))
          odd.push({ path: join(shown, name), isRecord: true });
      } else if (found.isFile()) {
        const path = join(root, name);
        const isWanted = isRead(name) && found.size <= largestFileBytes;
        const content = isWanted
          ? { bytes: await readFile(path) }
          : { bytes: new Uint8Array(), size: found.size, load: () => readFile(path) };
        files.push({ path: join(shown, name), name, ...content });
      } else odd.push({ path: join(shown, name), isRecord: isRead(name) });
    }
  }
  return { files, links, odd };
}

function unreadable(format: SourceFormat, path: string, why: string, cause?: unknown): CommandError {
  return new CommandError("SOURCE_UNREADABLE", `Nothing to import at '${path}': ${why}`, {
    hint: `--from ${format} wants ${kinds[format].wanted}.`,
    data: { path, format },
    cause,
  });
}
