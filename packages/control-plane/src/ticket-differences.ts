import type { FieldValue, Ticket } from "@wiggum/ticket-core";

export interface TicketDifference {
  /** Front matter key, `title`, or `## <heading>` of a section. */
  readonly field: string;
  readonly before: FieldValue | undefined;
  /** Where text was only added to a section, what was added. */
  readonly after: FieldValue | undefined;
}

/** What differs between two versions of a ticket, for people. When it was last written is left out: that differs always. */
export function ticketDifferences(
  before: Ticket | undefined,
  after: Ticket | undefined,
): readonly TicketDifference[] {
  const old = before === undefined ? new Map<string, FieldValue | undefined>() : fieldsOf(before);
  const now = after === undefined ? new Map<string, FieldValue | undefined>() : fieldsOf(after);
  const names = [...new Set([...old.keys(), ...now.keys()])];
  return names
    .filter((name) => JSON.stringify(old.get(name)) !== JSON.stringify(now.get(name)))
    .map((field) => shortened(field, old.get(field), now.get(field)));
}

function fieldsOf(ticket: Ticket): Map<string, FieldValue | undefined> {
  const { actionRequired } = ticket;
  const fields: readonly (readonly [string, FieldValue | undefined])[] = [
    ["state", ticket.state],
    ["assigned_agent_id", ticket.assignedAgentId],
    ["title", ticket.title],
    ["type", ticket.type],
    ["priority", ticket.priority],
    ["parent", ticket.parent],
    ["depends_on", ticket.dependsOn],
    ["blocks", ticket.blocks],
    ["labels", ticket.labels],
    ["readiness", ticket.readiness],
    ["needs_preflight", ticket.needsPreflight],
    ["risk_flags", ticket.riskFlags],
    ["action_required", actionRequired?.reason],
    ["references", ticket.references.map(({ kind, target }) => `${kind}:${target}`)],
    ...Object.entries(ticket.fields),
    ...sectionsOf(ticket.body),
  ];
  return new Map(
    fields.filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0)),
  );
}

/** Good enough to show: a heading in a block of code counts as one, too. */
function sectionsOf(body: string): readonly (readonly [string, string])[] {
  const [head = "", ...parts] = body.split(/^(?=## )/m);
  const text = (part: string) => part.replace(/^<!--.*-->[ \t]*\r?\n?/gm, "").trim();
  const sections = parts.map((part) => {
    const [heading = "", ...lines] = part.split("\n");
    return [heading.trim(), text(lines.join("\n"))] as const;
  });
  return [["text", text(head)] as const, ...sections].filter(([, content]) => content !== "");
}

function shortened(
  field: string,
  before: FieldValue | undefined,
  after: FieldValue | undefined,
): TicketDifference {
  const isAddition =
    field.startsWith("## ") &&
    typeof after === "string" &&
    typeof before === "string" &&
    after.startsWith(before);
  return isAddition
    ? { field, before: undefined, after: after.slice(before.length).trim() }
    : { field, before, after };
}
