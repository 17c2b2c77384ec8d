import { type FrontMatterEntry, type TextSource, unreadable } from "./front-matter.js";
import { isCoreKey } from "./front-matter-keys.js";
import { lineNumberAt } from "./section-lines.js";
import type { ActionRequired, FieldValue, Reference, Ticket } from "./ticket.js";

/** What the front matter says. */
export type TicketValues = Omit<Ticket, "title" | "preamble" | "body">;

/** A ticket without a priority is of this one. */
const usualPriority = 2;

/** @throws TICKET_UNREADABLE for a value of the wrong kind, or a missing `id`, `type` or `state` */
export function valuesOf(
  text: string,
  entries: readonly FrontMatterEntry[],
  source: TextSource,
): TicketValues {
  const byKey = new Map(entries.map((entry) => [entry.key, entry]));
  const wrong = (key: string, wanted: string) => {
    const entry = byKey.get(key);
    return unreadable(`\`${key}\` must be ${wanted}`, source, entry && lineNumberAt(text, entry.start));
  };

  /** `null` is "nothing said". */
  function readValue(key: string): FieldValue | undefined {
    return byKey.get(key)?.value ?? undefined;
  }
  function optional(key: string): string | undefined {
    const value = readValue(key);
    if (value !== undefined && typeof value !== "string") throw wrong(key, "text (put it into quotes)");
    return value === "" ? undefined : value;
  }
  function required(key: string): string {
    const value = optional(key);
    if (value === undefined) throw unreadable(`there is no \`${key}\``, source);
    return value;
  }
  function time(key: string): string | undefined {
    const value = optional(key);
    return value === undefined ? undefined : asTimestamp(value);
  }
  function whole(key: string, usual: number): number {
    const value = readValue(key) ?? usual;
    if (typeof value !== "number" || !Number.isSafeInteger(value)) throw wrong(key, "a whole number");
    return value;
  }
  function flag(key: string): boolean | undefined {
    const value = readValue(key);
    if (value !== undefined && typeof value !== "boolean") throw wrong(key, "true or false");
    return value;
  }
  function list(key: string): readonly string[] {
    const value = readValue(key) ?? [];
    if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
    throw wrong(key, "a list of texts");
  }
  function actionRequired(): ActionRequired | undefined {
    const reason = optional("action_required");
    const rest = defined({ since: time("action_required_since"), by: optional("action_required_by") });
    return reason === undefined ? undefined : { reason, ...rest };
  }

  return {
    id: required("id"),
    type: required("type"),
    priority: whole("priority", usualPriority),
    state: required("state"),
    leaseEpoch: whole("lease_epoch", 0),
    dependsOn: list("depends_on"),
    blocks: list("blocks"),
    labels: list("labels"),
    riskFlags: list("risk_flags"),
    references: list("references").map(asReference),
    ...defined({
      assignedAgentId: optional("assigned_agent_id"),
      assignedAt: time("assigned_at"),
      parent: optional("parent"),
      readiness: optional("readiness"),
      needsPreflight: flag("needs_preflight"),
      actionRequired: actionRequired(),
      createdAt: time("created_at"),
      createdBy: optional("created_by"),
      updatedAt: time("updated_at"),
    }),
    fields: Object.fromEntries(
      entries.filter(({ key }) => !isCoreKey(key)).map(({ key, value }) => [key, value]),
    ),
  };
}

/** Without the members that are undefined. */
function defined<Members extends object>(members: Members): Partial<Members> {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined),
  ) as Partial<Members>;
}

function asReference(text: string): Reference {
  const colon = text.indexOf(":");
  return { kind: text.slice(0, Math.max(colon, 0)), target: text.slice(colon + 1) };
}

const moment = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(?:Z|([+-]\d{2}):?(\d{2}))$/;

/** A moment with an offset, or finer than seconds, as UTC to the second. What is no moment stays as it is. */
export function asTimestamp(text: string): string {
  if (/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/.test(text)) return text;
  const [, day, time, hours, minutes] = moment.exec(text) ?? [];
  const milliseconds = Date.parse(`${day}T${time}${hours === undefined ? "Z" : `${hours}:${minutes}`}`);
  return Number.isNaN(milliseconds) ? text : `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}
