// Backlog.md: a folder `backlog/` with a Markdown file for each task.

import type { Reference } from "@wiggum/ticket-core";
import { isScalar, parseDocument, YAMLParseError } from "yaml";
import { lookUp, personReferences, takeMoment, takePriority } from "../foreign-words.js";
import { splitFrontMatter } from "../front-matter-lines.js";
import type {
  FieldAccount,
  ImportedTicket,
  SourceContents,
  SourceFile,
  SourceProblem,
  StateMeaning,
} from "../imported-ticket.js";
import { linksAmong, referenceIn } from "../layout-values.js";
import { digestOf, type OpenedRecord, openRecord, RecordFault } from "../open-record.js";
import { standingsOf } from "../own-state.js";
import { collect } from "../read-json.js";
import { textOf } from "../text-lines.js";
import { readBacklogBody } from "./backlog-body.js";
import { noteOf } from "./beads.js";

/** What a file is, by its folder. */
type Place = "task" | "completed" | "draft" | "archived" | "milestone";

const folders: Readonly<Record<string, Place>> = {
  tasks: "task",
  completed: "completed",
  drafts: "draft",
  "archive/tasks": "archived",
  "archive/drafts": "archived",
  milestones: "milestone",
  "archive/milestones": "milestone",
};

const meanings: readonly (readonly [RegExp, StateMeaning])[] = [
  [/^(?:to ?do|backlog|open|new|ready)$/i, "open"],
  [/^(?:in ?progress|doing|wip|started|active)$/i, "started"],
  [/^(?:(?:in )?review|testing|qa)$/i, "review"],
  [/^(?:done|complete|completed|closed|finished)$/i, "done"],
  [/^(?:cancell?ed|won'?t ?do|rejected)$/i, "given-up"],
];

export function readBacklog(files: readonly SourceFile[]): SourceContents {
  const records: ImportedTicket[] = [];
  const problems: SourceProblem[] = [];
  const leftOut: { path: string; why: string }[] = [];
  const milestones = new Map<string, string>();
  const found = files.map((file) => ({ file, place: placeOf(file.name) }));
  // Tasks name milestones by id or by title; both lead to the title.
  for (const { file, place } of found.toSorted((left, right) => rank(left.place) - rank(right.place))) {
    if (place === undefined) {
      leftOut.push({ path: file.path, why: "is no task, draft or milestone" });
      continue;
    }
    const content = textOf(file);
    if ("problem" in content) {
      problems.push(content.problem);
      continue;
    }
    const at = { path: file.path, line: 1 };
    collect(records, problems, at, undefined, () => {
      const ticket = readFile(file, content.text, place, milestones);
      if (place === "milestone") milestones.set(ticket.externalId.toLowerCase(), ticket.title);
      return ticket;
    });
  }
  return { records, problems, leftOut };
}

function placeOf(name: string): Place | undefined {
  const slash = name.lastIndexOf("/");
  return name.endsWith(".md") && !/(?:^|\/)readme\.md$/i.test(name)
    ? lookUp(folders, name.slice(0, Math.max(slash, 0)))
    : undefined;
}

function rank(place: Place | undefined): number {
  return place === "milestone" ? 0 : 1;
}

function readFile(
  file: SourceFile,
  text: string,
  place: Place,
  milestones: ReadonlyMap<string, string>,
): ImportedTicket {
  const { block, body } = splitFrontMatter(text);
  const raw = frontMatterOf(block);
  const record = openRecord(raw);
  const externalId = record.id("id", "reference backlog:<id>");
  if (externalId === undefined) throw new RecordFault("`id` is missing: text such as task-12 was expected");
  const status = record.text("status", "state, imported_state");
  const state = status ?? (place === "milestone" ? "milestone" : "To Do");
  const parts = readBacklogBody(body);
  const milestone = record.id("milestone", "label milestone:<title>, reference milestone:<ticket>");
  const milestoneTitle =
    milestone === undefined ? undefined : (milestones.get(milestone.toLowerCase()) ?? milestone);
  const lower = (field: string, kind: string) =>
    record.texts(field, noteOf(kind)).map((target) => ({ kind, target: target.toLowerCase(), field }));
  const own =
    typeof record.peek("wiggum_state") === "string" ? record.text("wiggum_state", "state") : undefined;
  const ownId =
    typeof record.peek("wiggum_id") === "string"
      ? record.text("wiggum_id", "names the ticket in links")
      : undefined;
  const { meaning, actionRequired } = meaningOf(state, place);
  const listed = record.texts("references", "reference url:, file:");
  // An export of ours says the kind of what is neither.
  const pointed = linksAmong(listed.map(ownId === undefined ? pointer : ownPointer), "references");
  const ticket = {
    externalId,
    aliases: [
      externalId.toLowerCase(),
      externalId.toLowerCase().replace(/^[a-z]+-/, ""),
      ...(ownId === undefined ? [] : [ownId]),
    ],
    place: { path: file.path, line: 1 },
    title: record.required("title", "title"),
    type: place === "milestone" ? "epic" : record.text("type", "type"),
    state,
    meaning,
    actionRequired,
    ...(own !== undefined && { ownState: { word: own, fits: standingsOf(meaning) } }),
    priority: takePriority(record, "priority"),
    description: parts.description,
    criteria: parts.criteria,
    sections: parts.sections,
    events: parts.events,
    links: [
      ...lower("dependencies", "depends-on"),
      ...lower("parent_task_id", "parent"),
      ...lower("subtasks", "subtask"),
      ...(milestone === undefined
        ? []
        : [{ kind: "milestone", target: milestone.toLowerCase(), field: "milestone" }]),
      ...pointed.links,
    ],
    labels: [
      ...record.texts("labels", "labels"),
      ...(milestoneTitle === undefined ? [] : [`milestone:${milestoneTitle}`]),
    ],
    references: [
      ...personReferences("assignee", record.texts("assignee", "reference assignee:<name>")),
      ...pointed.references,
      ...record.texts("documentation", "reference url:, file:").map(pointer),
      ...record.texts("modified_files", "reference file:").map((target) => ({ kind: "file", target })),
    ],
    createdAt: takeMoment(record, "created_date", "created_at"),
    createdBy: record.text("reporter", "created_by"),
    updatedAt: takeMoment(record, "updated_date", "updated_at"),
  };
  return { ...ticket, digest: digestOf([place, text]), ...finished(record, parts.account) };
}

function finished(record: OpenedRecord, below: readonly FieldAccount[]) {
  const { account, kept } = record.finish();
  return { account: [...account, ...below], kept };
}

function meaningOf(state: string, place: Place): Pick<ImportedTicket, "meaning" | "actionRequired"> {
  if (place === "archived") return { meaning: "given-up" };
  if (place === "completed") return { meaning: "done" };
  if (place === "draft") return { meaning: "held", actionRequired: "It is a draft in Backlog.md" };
  if (place === "milestone") return { meaning: "held", actionRequired: "It is a milestone in Backlog.md" };
  return {
    meaning: meanings.find(([words]) => words.test(state.replace(/^[^\p{L}]+/u, "").trim()))?.[1] ?? "held",
  };
}

function pointer(target: string): Reference {
  return { kind: /^https?:\/\//i.test(target) ? "url" : "file", target };
}

function ownPointer(text: string): Reference {
  return /^https?:\/\//i.test(text) || !/^[^\s:]+:./s.test(text) ? pointer(text) : referenceIn(text);
}

/** Front matter of Backlog.md is YAML, but for names that begin with `@`, which it writes bare. */
function frontMatterOf(block: string): unknown {
  const mended = block.replace(/^(\s*(?:assignee|reporter):[ \t]*)(@\S.*?)[ \t]*\r?$/gm, '$1"$2"');
  const quoted = mended
    .replace(/([[,][ \t]*)(@[^\s,\]"']+)/g, '$1"$2"')
    .replace(/^(\s*-[ \t]+)(@\S+)[ \t]*\r?$/gm, '$1"$2"');
  try {
    const document = parseDocument(quoted, { schema: "core", prettyErrors: true, logLevel: "error" });
    const [fault] = document.errors;
    if (fault !== undefined) throw fault;
    const value = document.toJS({ maxAliasCount: 100 }) as unknown;
    // A title like 12.50 is words, whatever YAML takes it for.
    const title = document.has("title") ? document.get("title", true) : undefined;
    const isText = isScalar(title) && title.value !== null && typeof title.value !== "string";
    return isText ? { ...(value as object), title: title.source } : value;
  } catch (error) {
    if (!(error instanceof YAMLParseError))
      throw new RecordFault("The front matter is no YAML that can be read");
    const line = (error.linePos?.[0].line ?? 0) + 1;
    throw new RecordFault(`The front matter is no YAML: ${withoutPlace(error.message)}`, line);
  }
}

/** The parser counts lines from the beginning of the front matter, and shows the line itself below. */
function withoutPlace(message: string): string {
  const [first = ""] = message.split("\n");
  return first.replace(/ at line \d+, column \d+:?$/, "").slice(0, 120);
}
