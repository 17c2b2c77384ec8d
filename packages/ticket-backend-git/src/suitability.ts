// May this process read and write the repository itself, or is all of it git's to do?

import { randomBytes } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, rmSync, statfsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Git } from "@wiggum/git";
import { printable } from "@wiggum/ticket-core";
import { fileSystemDoubt } from "./file-systems.js";
import { isLinkUnsupported, readTextIfThere, writeFileAtomically } from "./files.js";
import { storePaths } from "./store-layout.js";

export interface Suitability {
  /** Objects are read and written in this process. */
  readonly hasPlainObjects: boolean;
  /** `main` is a file that may be moved in this process, under git's own lock. */
  readonly hasPlainRefs: boolean;
  /** Why git does the rest: one sentence each. Empty = both hold. */
  readonly reasons: readonly string[];
}

export interface SuitabilityPorts {
  readonly root: string;
  readonly git: Git;
}

/**
 * Decided once for each state of the repository's `config` and kept in a disposable file, since a look at it by git, and a try at a hard
 * link, would cost more than what they are for. What costs nothing to look at is looked at each time: the file system, and marks of
 * repositories that are not whole.
 */
export function createSuitability({ root, git }: SuitabilityPorts): () => Suitability {
  let last: { readonly key: string; readonly verdict: Suitability } | undefined;

  return () => {
    const key = configKey(root);
    if (last?.key === key) return last.verdict;
    const kept = readKept(root, key) ?? decideAndKeep(root, git, key);
    const passing = passingDoubts(root);
    const verdict = combine([...kept, ...passing]);
    last = { key, verdict };
    return verdict;
  };
}

/** What git does, and whether refs are concerned, too. */
interface Doubt {
  readonly reason: string;
  readonly concernsRefs: boolean;
}

function combine(doubts: readonly Doubt[]): Suitability {
  return {
    hasPlainObjects: doubts.length === 0,
    hasPlainRefs: !doubts.some(({ concernsRefs }) => concernsRefs),
    reasons: doubts.map(({ reason }) => reason),
  };
}

/** The repository's identity: another file, or another content, is another key. */
function configKey(root: string): string {
  const { ino, dev, mtimeNs, size } = statSync(join(root, "config"), { bigint: true });
  return [dev, ino, mtimeNs, size].join(" ");
}

function passingDoubts(root: string): readonly Doubt[] {
  const system = fileSystemDoubt(process.platform, () => statfsSync(root).type);
  const incomplete = ["shallow", "info/grafts"].filter(
    (name) => statSync(join(root, name), { throwIfNoEntry: false }) !== undefined,
  );
  return [
    ...(system === undefined ? [] : [{ reason: system, concernsRefs: true }]),
    ...incomplete.map((name) => ({
      reason: `the file ${name} changes what git takes for the history`,
      concernsRefs: false,
    })),
  ];
}

const format = "wiggum suitability 1";

function keptPath(root: string): string {
  return join(root, storePaths.suitability);
}

function readKept(root: string, key: string): readonly Doubt[] | undefined {
  const lines = readTextIfThere(keptPath(root))?.split("\n") ?? [];
  if (lines[0] !== format || lines[1] !== key || lines.at(-1) !== "") return undefined;
  const doubts = lines.slice(2, -1).map((line) => /^(refs|objects) (.+)$/.exec(line));
  if (doubts.includes(null)) return undefined;
  return doubts.map((found) => ({ reason: found?.[2] ?? "", concernsRefs: found?.[1] === "refs" }));
}

function decideAndKeep(root: string, git: Git, key: string): readonly Doubt[] {
  const link = linkDoubt(root);
  const doubts = [...formatDoubts(root, git), ...(link ?? [])];
  // Where no link could be tried, nothing can be written either: decided again by whoever can.
  if (link === undefined) return doubts;
  const lines = doubts.map(({ reason, concernsRefs }) => `${concernsRefs ? "refs" : "objects"} ${reason}`);
  try {
    mkdirSync(join(root, storePaths.private, "cache"), { recursive: true });
    writeFileAtomically(keptPath(root), [format, key, ...lines, ""].join("\n"));
  } catch {
    // Decided again next time: a full disk must not keep anybody from reading.
  }
  return doubts;
}

/** What of the format concerns nobody who reads or writes an object or a ref. */
const harmless: ReadonlyMap<string, readonly string[] | undefined> = new Map([
  ["extensions.objectformat", ["sha1"]],
  ["extensions.refstorage", ["files"]],
  ["extensions.noop", undefined],
  ["extensions.preciousobjects", undefined],
  ["core.repositoryformatversion", ["0", "1"]],
  ["core.sharedrepository", ["umask", "false", "0"]],
]);

function formatDoubts(root: string, git: Git): readonly Doubt[] {
  const isReftable = readFileSync(join(root, "HEAD"), "latin1").trim() === "ref: refs/heads/.invalid";
  const doubts: Doubt[] = isReftable
    ? [{ reason: "its refs are kept in a reftable, not in files", concernsRefs: true }]
    : [];
  const text = readFileSync(join(root, "config"), "latin1");
  // None of the words: no need to ask git what the file means.
  if (!/extensions|sharedrepository|repositoryformatversion\s*=\s*[^01\s]|native/i.test(text)) return doubts;
  const listed = git.runSync(["config", "--file", join(root, "config"), "--list", "--null"]);
  // The last value of a key counts; keys come in lower case.
  const settings = new Map(
    listed.stdout
      .split("\0")
      .filter((entry) => entry !== "")
      .map((entry) => {
        const [key = "", ...value] = entry.split("\n");
        return [key, value.join("\n")];
      }),
  );
  for (const [key, value] of settings) {
    if (key === "wiggum.native" && value !== "false") {
      doubts.push({ reason: "its setting wiggum.native asks for it", concernsRefs: false });
    }
    if (!/^extensions\.|^core\.(?:sharedrepository|repositoryformatversion)$/.test(key)) continue;
    const allowed = harmless.get(key);
    if (harmless.has(key) && (allowed === undefined || allowed.includes(value.toLowerCase()))) continue;
    const isKnown = key === "extensions.objectformat" || key === "core.sharedrepository";
    const said = printable(`${key} = ${value}`);
    const reason =
      key === "extensions.objectformat"
        ? `its object ids are of the kind ${printable(value)}`
        : `its setting ${said} is not one that Wiggum knows by itself`;
    // With another kind of ids or other rights of files, refs are files all the same.
    doubts.push({ reason, concernsRefs: !isKnown });
  }
  return doubts;
}

/** `undefined` = it could not be tried. */
function linkDoubt(root: string): readonly Doubt[] | undefined {
  const folder = join(root, storePaths.private);
  const one = join(folder, `tmp-${randomBytes(8).toString("hex")}`);
  const two = `${one}-link`;
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(one, "", { flag: "wx" });
    linkSync(one, two);
    return [];
  } catch (error) {
    if (!isLinkUnsupported(error) || !isThere(one)) return undefined;
    return [{ reason: "its file system has no hard links", concernsRefs: true }];
  } finally {
    for (const path of [one, two]) if (isThere(path)) rmSync(path, { force: true });
  }
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
