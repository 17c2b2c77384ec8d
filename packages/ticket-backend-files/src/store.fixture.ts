import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createJudge, type TicketCommit, type TicketWrite } from "@wiggum/ticket-core";
import { onTestFinished } from "vitest";
import { createFolderBackend, type FolderBackendOptions } from "./create-folder-backend.js";
import { createWorkItems, type WorkItemsOptions } from "./work-items/create-work-items.js";
import { workItemTypes } from "./work-items/statuses.js";
import { workItemsLayout } from "./work-items/work-items-layout.js";

export const judge = createJudge(workItemTypes);

/** Removed at the end of the test. */
export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "wiggum-items-")));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A backend over work items that is closed at the end of the test. */
export function openBackend(root: string, more: Partial<FolderBackendOptions> = {}) {
  const backend = createFolderBackend({ root, judge, layout: workItemsLayout(), ...more });
  onTestFinished(() => backend.close());
  return backend;
}

/** The typed operations over work items, ended with the test. */
export function openItems(root: string, more: Partial<WorkItemsOptions> = {}) {
  const items = createWorkItems({ root, ...more });
  onTestFinished(() => items.end());
  return items;
}

const script = fileURLToPath(new URL("work-items/tickets.fixture.sh", import.meta.url));

/** The program of others over the same files, as `ann`. Throws when it fails; answers what it printed. */
export function runScript(root: string, ...args: string[]): string {
  return runScriptWith("", root, ...args);
}

/** The same with a text on its standard input: the body of a comment or a review. */
export function runScriptWith(input: string, root: string, ...args: string[]): string {
  const env = { PATH: process.env["PATH"], WORK_ITEMS_DIR: root, USER: "ann" };
  return execFileSync("sh", [script, ...args], { env, encoding: "utf8", input, stdio: "pipe" });
}

/** What the checks of that program say: its findings, or `doctor: ok`. */
export function scriptDoctor(root: string): string {
  const env = { PATH: process.env["PATH"], WORK_ITEMS_DIR: root };
  const { stdout, stderr } = spawnSync("sh", [script, "doctor"], { env, encoding: "utf8" });
  return stderr + stdout;
}

/** Every file below a folder but those of the journal: path to bytes, as latin1 text. */
export function filesOf(root: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name).slice(root.length + 1);
    if (entry.isFile() && !path.startsWith(".ticket-journal")) {
      files.set(path, readFileSync(join(root, path), "latin1"));
    }
  }
  return files;
}

/** A copy of a folder, removed at the end of the test. */
export function copyOf(folder: string): string {
  const copy = temporaryFolder();
  cpSync(folder, copy, { recursive: true });
  return copy;
}

let operations = 0;

export function commitOf(changes: readonly TicketWrite[], extra: Partial<TicketCommit> = {}): TicketCommit {
  return {
    operationId: `op-${process.pid}-${operations++}`,
    actor: { kind: "person", id: "ann" },
    subject: "Test",
    at: "2026-01-02T03:04:05Z",
    changes,
    ...extra,
  };
}
