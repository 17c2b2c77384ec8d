// How a salvage point is written down: a ref to a commit whose tree is the worktree's files and whose message says what it is.
import type { CommitId } from "@wiggum/git";
import { printable } from "@wiggum/ticket-core";
import type { AgentId } from "@wiggum/workflow";
import { parseAgentId } from "./branch-names.js";
import { isUlid } from "./ulid.js";

export const salvagePrefix = "refs/wiggum/salvage/";

/** What the message of a salvage commit says beside its subject. */
export interface SalvageRecord {
  readonly agentId: AgentId;
  /** ISO 8601. */
  readonly at: string;
  readonly reason: string;
  readonly worktree?: string | undefined;
  readonly branch?: string | undefined;
  readonly head?: CommitId | undefined;
  /** Commit whose tree is the index. */
  readonly index?: CommitId | undefined;
  readonly open?: string | undefined;
}

export function salvageRef(agentId: AgentId, id: string): string {
  return `${salvagePrefix}${agentId}/${id}`;
}

/** `<agent>/<ulid>` of a salvage ref; `undefined` for anything else. */
export function salvageName(ref: string): { readonly name: string; readonly agentId: AgentId } | undefined {
  if (!ref.startsWith(salvagePrefix)) return undefined;
  const name = ref.slice(salvagePrefix.length);
  const [agentId = "", id = "", ...rest] = name.split("/");
  if (rest.length > 0 || parseAgentId(agentId) === undefined || !isUlid(id)) return undefined;
  return { name, agentId };
}

export function salvageMessage(record: SalvageRecord): string {
  return `Salvage of ${record.agentId}: ${printable(record.reason)}\n\n${JSON.stringify(record, undefined, 1)}\n`;
}

/** @throws SyntaxError the commit is none of ours */
export function parseSalvageMessage(message: string): SalvageRecord {
  return JSON.parse(message.slice(message.indexOf("\n\n") + 2)) as SalvageRecord;
}
