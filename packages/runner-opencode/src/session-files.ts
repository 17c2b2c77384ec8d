import { appendFile, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { EvidenceFact } from "@wiggum/workflow";
import type { OpenCodeCommand } from "./open-code-command.js";
import type { PermissionRule } from "./permissions.js";
import type { ServerOrder } from "./server/server-order.js";
import { readJson, writeWhole } from "./write-whole.js";

/** All that an attendant is told, in a file that only its owner may read. */
export interface AttendantPlan {
  readonly version: 1;
  readonly title: string;
  /** The agent's folder, and the one that OpenCode works in. */
  readonly directory: string;
  readonly stateDirectory: string;
  readonly inboxFile: string;
  readonly prompt: string;
  readonly command: OpenCodeCommand;
  /** A server of ours, or one that somebody else sees to. */
  readonly server:
    | { readonly kind: "kept"; readonly order: ServerOrder }
    | { readonly kind: "foreign"; readonly url: string; readonly password: string };
  /** Session id of OpenCode to go on with. */
  readonly resume?: string | undefined;
  /** The agent's environment, for the commands that OpenCode runs for it. */
  readonly environment: Readonly<Record<string, string>>;
  /** OpenCode's own rules for this session, in their order. */
  readonly rules: readonly PermissionRule[];
  /** How requests are answered that those leave open. */
  readonly policy: readonly PermissionRule[];
  /** Whose messages answer a question that waits. */
  readonly people: readonly string[];
  readonly limits: AttendantLimits;
}

/** How long an attendant waits for what, in milliseconds. */
export interface AttendantLimits {
  /** How long a person may take to answer. */
  readonly askDeadlineMs: number;
  /** How long OpenCode may go on trying after errors of the provider. */
  readonly retryLimitMs: number;
  /** Without any event of a turn. */
  readonly idleLimitMs: number;
  /** How often permissions, questions and statuses are read, whatever the events say. */
  readonly readAgainMs: number;
}

/** Tokens and costs of an agent's session with all that it started. */
export interface SessionUsage {
  /** US dollars; 0 may also mean that the configuration names no price. */
  readonly cost: number;
  readonly tokens: {
    /** Without those that were read from a cache. */
    readonly input: number;
    readonly output: number;
    readonly reasoning: number;
    readonly cacheRead: number;
    readonly cacheWrite: number;
  };
}

/** What is known of an agent's OpenCode session. Times are ISO 8601. */
export interface OpenCodeSessionRecord extends SessionUsage {
  readonly version: 1;
  readonly sessionId: string;
  readonly directory: string;
  readonly title: string;
  /** How often it was prompted, and how often its server had to be started again. */
  readonly turns: number;
  readonly serverRestarts: number;
  readonly todos: readonly { readonly content: string; readonly status: string; readonly priority: string }[];
  /** Absolute path: one JSON object a line for each text and tool call. */
  readonly transcript: string;
  /** Where its server listens. */
  readonly url: string;
  readonly updatedAt: string;
}

/** What an agent does, by the protocol. `heardAt` is when its server was last heard: ISO 8601. */
export interface AttendedState {
  readonly fact: EvidenceFact;
  readonly heardAt: string;
  readonly detail?: string | undefined;
}

export function sessionFiles(stateDirectory: string) {
  const file = (name: string) => join(stateDirectory, `opencode-${name}`);
  return {
    plan: file("plan.json"),
    record: file("session.json"),
    state: file("state.json"),
    transcript: file("transcript.jsonl"),
    delivered: file("delivered.jsonl"),
    /** There as soon as somebody ends the agent: nothing new is begun then. */
    stopping: file("stopping"),
  };
}

export async function writeJson(path: string, value: unknown): Promise<void> {
  await writeWhole(path, `${JSON.stringify(value)}\n`);
}

export function readPlan(stateDirectory: string): Promise<AttendantPlan | undefined> {
  return readJson(sessionFiles(stateDirectory).plan);
}

export function readRecord(stateDirectory: string): Promise<OpenCodeSessionRecord | undefined> {
  return readJson(sessionFiles(stateDirectory).record);
}

export function readState(stateDirectory: string): Promise<AttendedState | undefined> {
  return readJson(sessionFiles(stateDirectory).state);
}

export async function isStopping(stateDirectory: string): Promise<boolean> {
  return stat(sessionFiles(stateDirectory).stopping).then(
    () => true,
    () => false,
  );
}

/** Which message of ours a session took, as what. */
export interface DeliveredMessage {
  readonly id: string;
  readonly openCodeMessageId: string;
}

export async function recordDelivery(stateDirectory: string, delivered: DeliveredMessage): Promise<void> {
  await appendFile(sessionFiles(stateDirectory).delivered, `${JSON.stringify(delivered)}\n`, { mode: 0o600 });
}

/** Of this session and of earlier ones of the same agent, whose folders lie beside this one: their inbox is the same. */
export async function readDeliveries(
  stateDirectory: string,
  generations: readonly string[] = [stateDirectory],
): Promise<readonly DeliveredMessage[]> {
  const texts = await Promise.all(
    generations.map((folder) => readFile(sessionFiles(folder).delivered, "utf8").catch(() => "")),
  );
  return texts
    .join("")
    .split("\n")
    .flatMap((line) => {
      try {
        return line === "" ? [] : [JSON.parse(line) as DeliveredMessage];
      } catch {
        return [];
      }
    });
}

/** Folder that the folders of all agents lie in. */
export function agentFolder(stateDirectory: string): string {
  return dirname(stateDirectory);
}
