import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { AgentHandle } from "@wiggum/workflow";
import { readJson, writeWhole } from "../write-whole.js";
import { agentFile, agentsFolder } from "./server-order.js";

/** An agent whose session a server of that folder has. */
export interface ServerUse {
  readonly handle: AgentHandle;
  /** Folder of that server's kind. */
  readonly server: string;
  /** Of the commands that OpenCode runs for it; read by the plugin within the server. */
  readonly environment: Readonly<Record<string, string>>;
}

export async function recordUse(directory: string, worktree: string, use: ServerUse): Promise<void> {
  await writeWhole(agentFile(directory, worktree), `${JSON.stringify(use)}\n`);
}

/** Removes the agent's own record, unless a newer session of the same folder has replaced it. */
export async function forgetUse(directory: string, worktree: string, handle: AgentHandle): Promise<void> {
  const path = agentFile(directory, worktree);
  const found = await readJson<ServerUse>(path);
  if (found?.handle.data["token"] === handle.data["token"]) await rm(path, { force: true });
}

/** All that are recorded, whether they still run or not. */
export async function readUses(directory: string): Promise<readonly ServerUse[]> {
  const folder = agentsFolder(directory);
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(".json"));
  const uses = await Promise.all(names.map((name) => readJson<ServerUse>(join(folder, name))));
  return uses.filter((use) => use !== undefined);
}
