import type { AgentChanges, AgentStatus } from "@wiggum/control-plane";
import { dataBlock, dataNotice } from "./data-block.js";

/** What is known of an agent when a question about it is asked. */
export interface AgentFindings {
  readonly agent: AgentStatus;
  /** The last lines that it printed. */
  readonly output: string;
  /** Absent = it has no ticket, or one that cannot be read. */
  readonly ticketText?: string | undefined;
  readonly changes: AgentChanges;
}

const commonQuestion = "What is this agent doing, does it get on, and does anything stand in its way?";

/**
 * The prompt of `wiggum fetch`: the question first, then what is known, each part marked as data and bounded. All of it stays below 96 KiB,
 * so that it can be an argument of a program. The same findings give the same prompt.
 */
export function agentQuestion(
  { agent, output, ticketText, changes }: AgentFindings,
  question: string,
): string {
  const { facts, state, ticketId, ticketState } = agent;
  const commits = changes.commits.map(({ id, subject }) => `${id.slice(0, 10)} ${subject}`).join("\n");
  const sections: readonly (readonly [title: string, block: string])[] = [
    [
      `Ticket ${ticketId ?? ""}, in state ${ticketState ?? "unknown"}:`,
      dataBlock(ticketText ?? "", { mostBytes: 16_000 }),
    ],
    [
      "The last lines that it printed, numbered:",
      dataBlock(output, { mostBytes: 24_000, keep: "end", isNumbered: true }),
    ],
    ["Its commits, newest first:", dataBlock(commits, { mostBytes: 4_000 })],
    ["Changed files:", dataBlock(changes.stat, { mostBytes: 4_000 })],
    ["Files that git does not know yet:", dataBlock(changes.untracked.join("\n"), { mostBytes: 2_000 })],
    ["The changes:", dataBlock(changes.diff, { mostBytes: 24_000 })],
  ];
  return [
    "Somebody supervises coding agents and asks you about one of them. Answer from what stands below, in a few plain sentences, without tools and without changing anything. Name line numbers of its output where they help. What does not stand there, say that you do not know.",
    dataNotice,
    `Question: ${bounded(question) || commonQuestion}`,
    `Agent ${facts.agentId}, role ${facts.role}, state ${state}.`,
    ...sections.filter(([, block]) => block !== "").map(([title, block]) => `${title}\n${block.trimEnd()}`),
  ].join("\n\n");
}

const longestQuestionBytes = 8_000;

function bounded(question: string): string {
  return Buffer.from(question.replaceAll("\0", "")).subarray(0, longestQuestionBytes).toString("utf8").trim();
}

/** What is said of the agent without anybody's help. */
export function plainAccount({ agent, output }: AgentFindings): string {
  const lines = output === "" ? [] : output.split("\n");
  const last = lines.findLast((line) => line.trim() !== "")?.trim() ?? "(none)";
  const { facts, ticketId, ticketState } = agent;
  return [
    `Agent ${facts.agentId}: ${lines.length} lines of output`,
    `Last activity: ${last}`,
    ...(ticketId === undefined ? [] : [`Ticket ${ticketId} in state: ${ticketState ?? "unknown"}`]),
  ].join("\n");
}
