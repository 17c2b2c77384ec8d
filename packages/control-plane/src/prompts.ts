import { readdir } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { encodeTicket, type TicketRecord, type Tickets } from "@wiggum/ticket-core";
import { type ProjectPaths, worktreePaths } from "./project-paths.js";
import type { PromptValues } from "./render-prompt.js";

/** What the placeholders stand for; without a ticket those about one are empty. */
export async function promptValues(
  sources: { readonly tickets: Tickets; readonly paths: ProjectPaths },
  agent: {
    readonly agentId: string;
    readonly role: string;
    readonly branch: string;
    readonly worktree: string;
  },
  record: TicketRecord | undefined,
): Promise<PromptValues> {
  const { tickets, paths } = sources;
  const INBOX = relative(agent.worktree, worktreePaths(agent.worktree).inboxFile);
  const own = { AGENT_ID: agent.agentId, ROLE: agent.role, BRANCH: agent.branch, INBOX };
  const specs = await specNames(paths);
  const PROJECT_SPECS = specs.map((name) => `- ${name}`).join("\n");
  if (record === undefined) {
    return {
      ...own,
      PROJECT_SPECS,
      TICKET_ID: "",
      TICKET_CONTENT: "",
      RELEVANT_SPECS: "",
      DEPENDENCIES: "",
      COMMENT: "",
    };
  }
  const { ticket } = record;
  return {
    ...own,
    PROJECT_SPECS,
    TICKET_ID: ticket.id,
    TICKET_CONTENT: textOf(record).trimEnd(),
    RELEVANT_SPECS: relevantSpecs(record, paths, specs),
    DEPENDENCIES: await dependencies(tickets, record),
    COMMENT: (await tickets.section(ticket, "Feedback"))?.trim() ?? "",
  };
}

function textOf({ text, ticket }: TicketRecord): string {
  return text ?? encodeTicket(ticket);
}

async function specNames(paths: ProjectPaths): Promise<readonly string[]> {
  const names = await readdir(paths.specsDirectory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
    throw error;
  });
  const folder = basename(paths.specsDirectory);
  return names
    .filter((name) => name.endsWith(".md"))
    .sort()
    .map((name) => `${folder}/${name}`);
}

/** Specifications that the ticket refers to (`references: file:specs/x.md`) or names in its text. */
function relevantSpecs(record: TicketRecord, paths: ProjectPaths, specs: readonly string[]): string {
  const { references, body } = record.ticket;
  const folder = basename(paths.specsDirectory);
  const referred = references
    .filter(({ kind, target }) => kind === "file" && target.startsWith(`${folder}/`))
    .map(({ target }) => target);
  const named = specs.filter((name) => body.includes(name));
  const all = [...new Set([...referred, ...named])];
  return all.length === 0
    ? ""
    : ["Specifications to read:", ...all.map((name) => `- ${join(name)}`)].join("\n");
}

async function dependencies(tickets: Tickets, record: TicketRecord): Promise<string> {
  const { dependsOn } = record.ticket;
  if (dependsOn.length === 0) return "Nothing: it depends on no other ticket.";
  const found = await tickets.list({ ids: dependsOn });
  const byId = new Map(found.tickets.map(({ ticket }) => [ticket.id, ticket]));
  return dependsOn
    .map((id) => {
      const ticket = byId.get(id);
      return ticket === undefined ? `- ${id} (not found)` : `- ${id} [${ticket.state}] ${ticket.title}`;
    })
    .join("\n");
}
