import { listText } from "./ticket-text.js";

/** What a new ticket file is made of. Texts may have several lines, all else is one line. */
export interface NewTicketParts {
  readonly id: string;
  readonly title: string;
  readonly status: string;
  /** ISO 8601 in UTC to the second. */
  readonly created: string;
  readonly type: string;
  readonly priority: string;
  readonly deps?: readonly string[] | undefined;
  readonly links?: readonly string[] | undefined;
  readonly assignee?: string | undefined;
  readonly externalRef?: string | undefined;
  readonly parent?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly description?: string | undefined;
  readonly design?: string | undefined;
  readonly acceptance?: string | undefined;
  readonly notes?: string | undefined;
}

/** A ticket file as tk writes it: keys in its order, each part of the body followed by an empty line. */
export function newTicketText(parts: NewTicketParts): string {
  const { tags = [] } = parts;
  const optional = [
    ["assignee", parts.assignee],
    ["external-ref", parts.externalRef],
    ["parent", parts.parent],
    ["tags", tags.length === 0 ? undefined : listText(tags)],
  ] as const;
  const sections = [
    ["", parts.description],
    ["## Design\n\n", parts.design],
    ["## Acceptance Criteria\n\n", parts.acceptance],
    ["## Notes\n\n", parts.notes],
  ] as const;
  return [
    "---\n",
    `id: ${parts.id}\n`,
    `status: ${parts.status}\n`,
    `deps: ${listText(parts.deps ?? [])}\n`,
    `links: ${listText(parts.links ?? [])}\n`,
    `created: ${parts.created}\n`,
    `type: ${parts.type}\n`,
    `priority: ${parts.priority}\n`,
    ...optional.map(([key, value]) => (value ? `${key}: ${value}\n` : "")),
    "---\n",
    `# ${parts.title}\n\n`,
    ...sections.map(([heading, text]) => (text ? `${heading}${text}\n\n` : "")),
  ].join("");
}
