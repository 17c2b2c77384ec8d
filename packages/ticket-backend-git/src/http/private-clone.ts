// The folder of an embedder's own clone: made here, by one process at a time, and nobody else's.
import fs, { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { printable, TicketError } from "@wiggum/ticket-core";
import { readTextIfThere, writeFileAtomically } from "../files.js";
import { storeBroken } from "../store-place.js";
import { shownUpstream } from "../uplink/transport.js";
import type { Upstream } from "../uplink/uplink.js";
import { tryHold } from "../uplink/uplink-lock.js";
import type { IsomorphicGit } from "./http-client.js";

export interface PrivateClone {
  /** Absolute path of the repository. */
  readonly root: string;
  /** Lets go of it; one that nobody named is removed. */
  close(): void;
}

/** Says that a folder is such a clone, and of what. */
const marker = join("wiggum", "private-clone.json");

/**
 * Opens the clone in `folder`, or makes it; without `folder`, one that is gone afterwards.
 * @throws UNSUPPORTED a repository lies there that others write to, or the clone of another upstream; STORE_BUSY a process has it open
 */
export async function openPrivateClone(
  git: IsomorphicGit,
  upstream: Upstream,
  folder: string | undefined,
): Promise<PrivateClone> {
  const root = folder === undefined ? mkdtempSync(join(tmpdir(), "wiggum-clone-")) : resolve(folder);
  if (folder !== undefined) requireOwn(root, upstream);
  mkdirSync(join(root, "wiggum"), { recursive: true });
  const lock = await tryHold(join(root, "wiggum", "clone.db"));
  if (lock === undefined) {
    throw new TicketError(
      "STORE_BUSY",
      `Another process, or another backend of this one, has the private clone ${printable(root)} open`,
      { waitedMs: 0 },
      { hint: "Each needs a folder of its own: they meet at the server." },
    );
  }
  try {
    await make(git, root, upstream);
  } catch (error) {
    lock.release();
    throw error;
  }
  return {
    root,
    close() {
      lock.release();
      if (folder === undefined) rmSync(root, { recursive: true, force: true });
    },
  };
}

async function make(git: IsomorphicGit, root: string, upstream: Upstream): Promise<void> {
  if (existsSync(join(root, marker))) return;
  await git.init({ fs, dir: root, gitdir: root, bare: true, defaultBranch: "main" });
  // Without a password that may stand in the address: it is given with each exchange.
  await git.addRemote({ fs, gitdir: root, remote: "origin", url: "https://wiggum.invalid/", force: true });
  // Last of all: what a kill left half-made is made again.
  writeFileAtomically(
    join(root, marker),
    `${JSON.stringify({ format: 1, upstream: shownUpstream(upstream) })}\n`,
  );
}

/** isomorphic-git has no lock between processes and no compare-and-swap on a disk: only a folder that is ours alone is safe. */
function requireOwn(root: string, upstream: Upstream): void {
  const stat = statSync(root, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (!stat.isDirectory()) throw storeBroken(root, "it is no folder");
  const names = readdirSync(root);
  const text = readTextIfThere(join(root, marker));
  if (text === undefined) {
    const isHalfMade = names.every((name) =>
      ["wiggum", "HEAD", "config", "objects", "refs", "hooks", "info", "description"].includes(name),
    );
    const isNew = names.length === 0 || (isHalfMade && existsSync(join(root, "wiggum", "clone.db")));
    if (isNew) return;
    throw shared(root);
  }
  if (parse(text) === shownUpstream(upstream)) return;
  throw new TicketError(
    "UNSUPPORTED",
    `${printable(root)} is the private clone of another upstream`,
    { what: "private clone of another upstream" },
    { hint: "Give each upstream a folder of its own." },
  );
}

export function shared(root: string): TicketError<"UNSUPPORTED"> {
  return new TicketError(
    "UNSUPPORTED",
    `${printable(root)} is not a private clone: other programs may write there, and this backend has no locks between processes and no compare-and-swap on a disk`,
    { what: "shared repository on disk" },
    { hint: "Open it with createGitBackend, which needs git; or name an empty folder." },
  );
}

/** Without a password in it. */
function parse(text: string): string | undefined {
  try {
    return (JSON.parse(text) as { readonly upstream?: string }).upstream;
  } catch {
    return undefined;
  }
}
