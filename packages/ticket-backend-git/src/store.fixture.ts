import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  type Actor,
  builtinTypes,
  createJudge,
  encodeTicket,
  type Ticket,
  type TicketCommit,
  type TicketRecord,
  type TicketWrite,
} from "@wiggum/ticket-core";
import { sampleTicket as ticket } from "@wiggum/ticket-core/conformance";
import { expect, onTestFinished } from "vitest";
import { createGitBackend, type GitBackend, type GitBackendOptions } from "./create-git-backend.js";
import { initGitStore } from "./init-git-store.js";

export const judge = createJudge(builtinTypes);
export const manual: Actor = { kind: "person", id: "manual" };

/** A real store of one test, removed at its end, and plain git as an independent look at it. */
export interface StoreFixture {
  readonly folder: string;
  readonly root: string;
  readonly backend: GitBackend;
  /** Another program's backend on the same store. */
  open(options?: Partial<GitBackendOptions>): GitBackend;
  /** Plain git on the store, trimmed. */
  plain(...args: string[]): string;
  /** Plain git anywhere, trimmed. Throws on failure. */
  plainIn(cwd: string, ...args: string[]): string;
  /** A person's own clone with a working folder. */
  clone(): string;
  /** Commits files (`null` deletes) in a clone and pushes them past the backend. Answers the commit. */
  push(clone: string, files: Readonly<Record<string, string | null>>): string;
}

/** Removed at the end of the test. */
export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "wiggum-store-")));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * `plain`: as Wiggum makes it. `fan-out`: with tickets in folders. `sha256`: longer ids, which are git's to read and write. `extended`: a setting that Wiggum does not know (and
 * git of this format overlooks), so that git moves the ref, too.
 */
export type StoreKind = "plain" | "fan-out" | "sha256" | "sha256-fan-out" | "extended";

/** A store of one test, removed at its end. */
export async function makeStore(
  options: Partial<GitBackendOptions> = {},
  kind: StoreKind = "plain",
): Promise<StoreFixture> {
  return makeStoreIn(temporaryFolder(), options, kind);
}

/** A store in a folder that the caller removes. */
export async function makeStoreIn(
  folder: string,
  options: Partial<GitBackendOptions> = {},
  kind: StoreKind = "plain",
): Promise<StoreFixture> {
  const root = join(folder, "project", ".wiggum", "tickets.git");
  mkdirSync(join(folder, "project"));
  if (kind.startsWith("sha256")) {
    const format = ["--object-format=sha256", "--initial-branch=main", "--template="];
    execFileSync("git", ["init", "--quiet", "--bare", ...format, root]);
  }
  await initGitStore({ path: root, layout: kind.endsWith("fan-out") ? "fan-out" : "flat" });
  if (kind === "extended") {
    execFileSync("git", ["config", "--file", join(root, "config"), "extensions.wiggumTest", "1"]);
  }
  const open = (more: Partial<GitBackendOptions> = {}) =>
    createGitBackend({ root, judge, ...options, ...more });
  const plainIn = (cwd: string, ...args: string[]) =>
    execFileSync("git", ["-c", "user.name=Pat", "-c", "user.email=pat@example.org", ...args], {
      cwd,
      env: { PATH: process.env["PATH"], HOME: folder, GIT_CONFIG_NOSYSTEM: "1" },
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      maxBuffer: 2 ** 28,
    }).trim();
  let clones = 0;
  return {
    folder,
    root,
    backend: open(),
    open,
    plainIn,
    plain: (...args) => plainIn(root, ...args),
    clone() {
      const path = join(folder, `clone-${clones++}`);
      plainIn(folder, "clone", "-q", root, path);
      return path;
    },
    push(clone, files) {
      plainIn(clone, "pull", "-q", "--rebase");
      for (const [name, text] of Object.entries(files)) {
        if (text === null) rmSync(join(clone, name));
        else {
          mkdirSync(dirname(join(clone, name)), { recursive: true });
          writeFileSync(join(clone, name), text);
        }
      }
      plainIn(clone, "add", "-A");
      plainIn(clone, "commit", "-q", "-m", "By hand");
      plainIn(clone, "push", "-q", "origin", "HEAD:main");
      return plainIn(clone, "rev-parse", "HEAD");
    },
  };
}

export { ticket };

let operations = 0;

export function commitOf(changes: readonly TicketWrite[], extra: Partial<TicketCommit> = {}): TicketCommit {
  return {
    operationId: `op-${process.pid}-${operations++}`,
    actor: manual,
    subject: "Test",
    at: "2026-01-02T03:04:05Z",
    changes,
    ...extra,
  };
}

/** Files a new ticket. */
export async function file(
  backend: GitBackend,
  id: string,
  extra: Partial<Ticket> = {},
): Promise<TicketRecord> {
  const { records } = await backend.commit(commitOf([{ id, expected: null, next: ticket(id, extra) }]));
  return first(records);
}

/** Writes over a record. */
export async function rewrite(
  backend: GitBackend,
  record: TicketRecord,
  change: Partial<Ticket>,
  extra: Partial<TicketCommit> = {},
): Promise<TicketRecord> {
  const write = { id: record.ticket.id, expected: record.revision, next: { ...record.ticket, ...change } };
  return first((await backend.commit(commitOf([write], extra))).records);
}

/** `ready` to `in-progress` with an assignee and a new epoch. */
export function claim(agentId: string, epoch = 1): Partial<Ticket> {
  return {
    state: "in-progress",
    assignedAgentId: agentId,
    assignedAt: "2026-01-02T03:04:05Z",
    leaseEpoch: epoch,
  };
}

/** The file of a ticket with some values changed, as a person with an editor might. */
export function textOf(value: Ticket): string {
  return encodeTicket(value);
}

export function first<Item>(items: readonly Item[]): Item {
  const [item] = items;
  if (item === undefined) throw new Error("There is none");
  return item;
}

export async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** Whoever has the store open and whoever opens it now must say the same, before and after the next write. */
export async function agreed({ backend, open }: StoreFixture) {
  const [warm, cold] = await Promise.all([backend.list(), open().list()]);
  expect(warm).toEqual(cold);
  const told = await all(open().watch(undefined, { follow: false }));
  const now = new Map(told.map(({ id, after }) => [id, after?.revision]));
  for (const [id, revision] of now) if (revision === undefined) now.delete(id);
  expect(now).toEqual(new Map(warm.tickets.map((record) => [record.ticket.id, record.revision])));
  return warm;
}

/** Subjects of the newest commits, newest first. */
export function subjects({ plain }: StoreFixture, count: number): readonly string[] {
  return plain("log", `-${count}`, "--format=%s", "main").split("\n");
}
