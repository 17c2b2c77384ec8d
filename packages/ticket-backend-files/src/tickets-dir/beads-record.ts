import { isMember } from "./list-members.js";
import type { NewTicketParts } from "./new-ticket-text.js";

/** One line of `.beads/issues.jsonl` as a ticket, or why it cannot be one. */
export type ReadBead =
  | { readonly kind: "ticket"; readonly parts: NewTicketParts; readonly notes: readonly string[] }
  | { readonly kind: "fault"; readonly message: string };

const oneLineMembers = ["id", "status", "created_at", "issue_type", "assignee", "external_ref"] as const;
const textMembers = ["title", "description", "design", "acceptance_criteria", "notes"] as const;
const ours: ReadonlySet<string> = new Set([...oneLineMembers, ...textMembers, "priority", "dependencies"]);

/**
 * Reads one record of beads. `now` (ISO 8601, UTC) stands in for a missing time. What a ticket file has no place for is named in `notes`, never
 * dropped in silence.
 */
export function readBead(line: string, now: string): ReadBead {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { kind: "fault", message: "not JSON" };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { kind: "fault", message: "not a JSON object" };
  }
  const record = value as Readonly<Record<string, unknown>>;
  for (const name of [...oneLineMembers, ...textMembers]) {
    const member = record[name];
    if (member === undefined || member === null) continue;
    if (typeof member !== "string") return { kind: "fault", message: `\`${name}\` is not a text` };
    if (!(textMembers as readonly string[]).includes(name) && /[\r\n]/.test(member)) {
      return { kind: "fault", message: `\`${name}\` has more than one line` };
    }
  }
  const text = (name: string) => (record[name] as string | null | undefined) || undefined;
  const id = text("id");
  if (id === undefined) return { kind: "fault", message: "there is no `id`" };
  if (!isFileId(id)) return { kind: "fault", message: "`id` cannot be the name of a file" };
  const priority = record["priority"] ?? 2;
  if (typeof priority !== "number" && !(typeof priority === "string" && /^\S+$/.test(priority))) {
    return { kind: "fault", message: "`priority` is not a number" };
  }
  const dependencies = readDependencies(record["dependencies"]);
  if (typeof dependencies === "string") return { kind: "fault", message: dependencies };
  const ofType = (type: string) => dependencies.filter((one) => one.type === type).map((one) => one.on);
  const [parent, ...otherParents] = ofType("parent-child");
  const status = text("status") ?? "open";
  const kept = new Set(["blocks", "related", "parent-child"]);
  return {
    kind: "ticket",
    parts: {
      id,
      title: (text("title") ?? "Untitled").split(/\r?\n/).join(" "),
      status,
      created: text("created_at") ?? now,
      type: text("issue_type") ?? "task",
      priority: String(priority),
      deps: [...new Set(ofType("blocks"))],
      links: [...new Set(ofType("related"))],
      assignee: text("assignee"),
      externalRef: text("external_ref"),
      parent,
      description: text("description"),
      design: text("design"),
      acceptance: text("acceptance_criteria"),
      notes: text("notes"),
    },
    notes: [
      ...(["open", "in_progress", "closed"].includes(status)
        ? []
        : [`status '${status}' is none of open, in_progress, closed and is kept as it is`]),
      ...otherParents.map((other) => `another parent, ${other}, is left out`),
      ...dependencies
        .filter(({ type }) => !kept.has(type))
        .map(({ type, on }) => `${type} ${on} is left out`),
      ...Object.entries(record)
        .filter(([name, member]) => !ours.has(name) && !isEmpty(member))
        .map(([name]) => `\`${name}\` is left out`),
    ],
  };
}

/** May this be the name of a ticket file, and a member of a list in front matter? */
export function isFileId(id: string): boolean {
  return (
    isMember(id) && !/[/\\]/.test(id) && !id.startsWith(".") && new TextEncoder().encode(id).length <= 200
  );
}

function isEmpty(member: unknown): boolean {
  return member === null || member === "" || (Array.isArray(member) && member.length === 0);
}

function readDependencies(
  value: unknown,
): readonly { readonly type: string; readonly on: string }[] | string {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return "`dependencies` is not a list";
  const found: { type: string; on: string }[] = [];
  for (const dependency of value as readonly unknown[]) {
    const { type, depends_on_id: on } = (dependency ?? {}) as Record<string, unknown>;
    if (typeof type !== "string" || typeof on !== "string" || !isMember(on) || /[\r\n]/.test(type)) {
      return "a member of `dependencies` has no usable `type` and `depends_on_id`";
    }
    found.push({ type, on });
  }
  return found;
}
