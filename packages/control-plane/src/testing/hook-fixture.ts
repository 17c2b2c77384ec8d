import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Ticket, TicketRecord } from "@wiggum/ticket-core";
import { sampleTicket } from "@wiggum/ticket-core/conformance";
import type { HookCall } from "@wiggum/workflow";
import type { HookRunnerOptions } from "../hook-runner.js";
import { type ProjectPaths, type ProjectRoot, projectPaths, worktreePaths } from "../project-paths.js";
import { templatesDirectory } from "../templates.js";

/** A project folder (no git, no tickets) in which hooks can be written and run. */
export interface HookFixture {
  readonly paths: ProjectPaths;
  /** An agent's worktree. */
  readonly worktree: string;
  readonly options: HookRunnerOptions;
  /** Writes an executable hook of the project. */
  hook(name: string, script: string, mode?: number): string;
  remove(): void;
}

export const exitCodes = {
  EXIT_SUCCESS: 0,
  EXIT_ERROR: 1,
  EXIT_SESSION_NOT_FOUND: 3,
  EXIT_PANE_NOT_FOUND: 4,
  EXIT_HELD: 9,
  EXIT_TRY_LATER: 12,
};

export function ticket(extra: Partial<Ticket> = {}): Ticket {
  const held = { state: "in-progress", assignedAgentId: "worker-0", leaseEpoch: 1 };
  return sampleTicket("tk-1a2b", { ...held, title: "A ticket", body: "\n", ...extra });
}

export function record(
  extra: Partial<Ticket> = {},
  text = "---\nid: tk-1a2b\n---\n\n# A ticket\n",
): TicketRecord {
  const value = ticket(extra);
  return { ticket: value, revision: "r1", fence: { id: value.id, epoch: value.leaseEpoch }, text };
}

export function call(extra: Partial<HookCall> = {}): HookCall {
  return {
    name: "check",
    phase: "pre",
    ticketId: "tk-1a2b",
    from: "in-progress",
    to: "review",
    agentId: "worker-0",
    timeoutMs: 20_000,
    depth: 1,
    ...extra,
  };
}

export function hookFixture(extra: Partial<HookRunnerOptions> = {}): HookFixture {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "wiggum-hooks-"))) as ProjectRoot;
  const paths = projectPaths(root);
  const worktree = join(paths.worktreesDirectory, "worker-0");
  for (const folder of [paths.hooksDirectory, paths.ticketView, worktreePaths(worktree).ticketView]) {
    mkdirSync(folder, { recursive: true });
  }
  return {
    paths,
    worktree,
    options: {
      paths,
      defaultsDirectory: templatesDirectory(),
      contextRoot: worktree,
      viewFolder: worktreePaths(worktree).ticketView,
      session: "wiggum-test",
      wiggumProgram: "/opt/wiggum/bin/wiggum",
      exitCodes,
      environment: { PATH: process.env["PATH"], HOME: process.env["HOME"] },
      readTicket: async () => record(),
      ticketPath: (view, id) => join(view, `${id}.md`),
      graceMs: 300,
      ...extra,
    },
    hook(name, script, mode = 0o755) {
      const path = join(paths.hooksDirectory, name);
      writeFileSync(path, script);
      chmodSync(path, mode);
      return path;
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}
