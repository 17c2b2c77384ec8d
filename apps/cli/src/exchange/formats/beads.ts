// beads: `.beads/issues.jsonl`, one issue a line. See docs/import-export.md for the source of each fact.
import {
  criteriaFrom,
  externalReference,
  lookUp,
  personReferences,
  sectionOf,
  takeMoment,
  takePriority,
} from "../foreign-words.js";
import type {
  ImportedEvent,
  ImportedLink,
  ImportedTicket,
  SourceContents,
  SourceFile,
  SourcePlace,
  StateMeaning,
} from "../imported-ticket.js";
import { noteOf } from "../link-notes.js";
import { digestOf, openRecord, type RecordReader } from "../open-record.js";
import { readOwnData } from "../own-data.js";
import { standingsOfThree } from "../own-state.js";
import { readJsonLines } from "../read-json.js";

const meanings: Readonly<Record<string, StateMeaning>> = {
  open: "open",
  in_progress: "started",
  hooked: "started",
  blocked: "held",
  deferred: "held",
  pinned: "held",
  closed: "done",
  tombstone: "given-up",
};

/** Those that keep an issue waiting. */
const waiting = new Set(["blocks", "conditional-blocks", "waits-for"]);
/** What is filed as an issue there and is no work for anybody. */
const notWork = new Set([
  "message",
  "event",
  "gate",
  "agent",
  "role",
  "rig",
  "convoy",
  "molecule",
  "slot",
  "merge-request",
]);
/** Counted by the other tool whenever it prints an issue. */
const counted = ["dependency_count", "dependent_count", "comment_count", "notes_preview"];

/** What the label begins with by which an export of ours says the state. */
export const stateLabel = "state:";

export function readBeads(files: readonly SourceFile[]): SourceContents {
  return readJsonLines(files, readIssue, notIssue);
}

/** Its export has lines that are no issues: memories, and a head that names the format. */
function notIssue(raw: unknown): string | undefined {
  const { _type: type, id } = (typeof raw === "object" && raw !== null ? raw : {}) as Record<string, unknown>;
  if (typeof type === "string" && type !== "issue") return `is no issue (${type.slice(0, 40)})`;
  const isHead =
    id === undefined && typeof raw === "object" && raw !== null && Object.keys(raw)[0]?.startsWith("_");
  return isHead === true ? "is no issue" : undefined;
}

function readIssue(raw: unknown, place: SourcePlace): ImportedTicket {
  const record = openRecord(raw);
  const externalId = record.required("id", "reference beads:<id>");
  const title = record.required("title", "title");
  const state = record.text("status", "state, imported_state") ?? "open";
  const type = record.text("issue_type", "type");
  const isTemplate = record.peek("is_template") === true;
  const known = lookUp(meanings, state) ?? "held";
  const isIdle = known === "open" && (isTemplate || notWork.has(type ?? ""));
  const meaning = isIdle ? "held" : known;
  const criteria = criteriaFrom(record.text("acceptance_criteria", "acceptance criteria"));
  const externalReferences = record.text("external_ref", "reference external:<ref>, url:<ref>");
  if (record.peek("_type") !== undefined) record.note("_type", "dropped", "says that it is an issue");
  for (const field of counted) {
    if (record.peek(field) !== undefined)
      record.note(field, "dropped", "counted anew whenever it is asked for");
  }
  const labels = record.texts("labels", "labels");
  const own = readOwnData(record);
  const label = labels.findLast((each) => each.startsWith(stateLabel));
  const word = own?.state ?? label?.slice(stateLabel.length);
  const ticket = {
    externalId,
    place,
    title,
    type,
    state,
    meaning,
    ...(word !== undefined && {
      ownState: { word, fits: standingsOfThree(meaning), ...(own !== undefined && { label }) },
    }),
    // The other tool leaves zeros out in some versions, and reads what is not there as 0.
    priority: takePriority(record, "priority") ?? (record.peek("priority") === undefined ? 0 : undefined),
    description: record.text("description", "section Description"),
    criteria: criteria.criteria,
    sections: [
      ...criteria.sections,
      ...sectionOf("Design", record.text("design", "section Design")),
      ...sectionOf("Notes", record.text("notes", "section Notes")),
      ...sectionOf("Resolution", record.text("close_reason", "section Resolution")),
    ],
    events: record.objects("comments").map((comment) => readComment(comment, externalId)),
    links: [...readLinks(record, externalId), ...(own?.links ?? [])],
    labels,
    references: [
      ...personReferences("assignee", record.texts("assignee", "reference assignee:<name>")),
      ...(externalReferences === undefined ? [] : [externalReference(externalReferences)]),
      ...(own?.references ?? []),
    ],
    riskFlags: own?.riskFlags,
    readiness: own?.readiness,
    needsPreflight: own?.needsPreflight,
    offeredFields: own?.fields,
    actionSince: own?.actionSince,
    actionBy: own?.actionBy,
    actionRequired: isIdle
      ? `It is ${isTemplate ? "a template" : `of type '${type ?? ""}'`} in beads`
      : own && meaning === "held"
        ? own.action
        : undefined,
    createdAt: takeMoment(record, "created_at", "created_at"),
    createdBy: record.text("created_by", "created_by"),
    updatedAt: takeMoment(record, "updated_at", "updated_at"),
    isDeleted: state === "tombstone",
  };
  return { ...ticket, digest: digestOf(raw), ...record.finish() };
}

function readLinks(record: RecordReader, externalId: string): readonly ImportedLink[] {
  const links = record.objects("dependencies").map((dependency): ImportedLink => {
    takeOwner(dependency, externalId);
    const type = dependency.text("type", "says which field the link is in") ?? "blocks";
    const kind = type === "parent-child" ? "parent" : waiting.has(type) ? "depends-on" : type;
    return {
      kind,
      target: dependency.required("depends_on_id", noteOf(kind)),
      field: dependency.path("depends_on_id"),
    };
  });
  const parent = record.text("parent", noteOf("parent"));
  if (parent === undefined || links.some(({ kind, target }) => kind === "parent" && target === parent))
    return links;
  return [...links, { kind: "parent", target: parent, field: "parent" }];
}

function readComment(comment: RecordReader, externalId: string): ImportedEvent {
  takeOwner(comment, externalId);
  return {
    kind: "comment",
    source: comment.text("author", "author of the comment") ?? "unknown",
    text: comment.text("text", "text of the comment") ?? "",
    at: takeMoment(comment, "created_at", "time of the comment") ?? "",
  };
}

/** Links and comments name the issue that they stand in. After a renaming it may be another name: that stays as data. */
function takeOwner(part: RecordReader, externalId: string): void {
  if (part.peek("issue_id") === externalId) part.note("issue_id", "dropped", "the record itself");
}
