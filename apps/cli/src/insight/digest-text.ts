import { printable } from "../printable.js";
import type { ProjectStatus } from "../project-status.js";
import { fittedWidths, row } from "../render/table.js";
import { dataBlock, dataNotice } from "./data-block.js";

/** All agents and tickets in a few lines, without anything that changes while nothing happens. */
export function digestText(status: ProjectStatus, lastLines: ReadonlyMap<string, string>): string {
  const agents = status.agents.map(({ agentId, ticketId, ticketState, state, says }) => [
    agentId,
    ticketId ?? "—",
    ticketState ?? "—",
    state,
    says ?? lastLines.get(agentId) ?? "",
  ]);
  const widths = fittedWidths(agents);
  const sections: readonly (readonly [title: string, lines: readonly string[]])[] = [
    ["Agents:", agents.length === 0 ? ["(no agents)"] : agents.map((cells) => row(cells, widths).trimEnd())],
    [
      "Tickets:",
      status.tickets.map(
        ({ state, count, blocked }) => `${state}: ${count}${blocked > 0 ? ` (${blocked} blocked)` : ""}`,
      ),
    ],
    ["Ready:", status.ready.map(({ id, title }) => `${id}: ${title}`)],
    ["A person must act:", status.actionRequired.map(({ id, reason }) => `${id}: ${reason}`)],
    [
      "Not started:",
      status.notStarted.map(({ ticketId, role, reason }) => `${ticketId} (${role}): ${reason}`),
    ],
    ["Failed hooks:", status.failedHooks.map(({ hook, ticketId }) => `${hook} (${ticketId})`)],
    ["To merge:", status.unmerged],
  ];
  return sections
    .filter(([, lines]) => lines.length > 0)
    .map(([title, lines]) => [title, ...lines.map((line) => `  ${printable(line)}`)].join("\n"))
    .join("\n");
}

const commonQuestion = "How do things stand, what needs attention, and what should be done next?";

export function digestQuestion(text: string, question: string): string {
  return [
    "Somebody supervises coding agents that work on tickets, and asks you about all of them. Answer from what stands below, in a few plain sentences, without tools and without changing anything. What does not stand there, say that you do not know.",
    dataNotice,
    `Question: ${question.trim() === "" ? commonQuestion : question.replaceAll("\0", "").slice(0, 8_000)}`,
    `How things stand:\n${dataBlock(text, { mostBytes: 48_000 }).trimEnd()}`,
  ].join("\n\n");
}
