// tk: `.tickets/<id>.md`.
import { externalReference, lookUp, personReferences, takeMoment, takePriority } from "../foreign-words.js";
import { readFrontMatterLines } from "../front-matter-lines.js";
import type {
  ImportedTicket,
  SourceContents,
  SourceFile,
  SourceProblem,
  StateMeaning,
} from "../imported-ticket.js";
import { layoutLists, offeredOnLines, readLayoutKeys, takeLine, takeSwitch } from "../layout-values.js";
import { noteOf } from "../link-notes.js";
import { digestOf, openRecord } from "../open-record.js";
import { standingsOfThree } from "../own-state.js";
import { collect } from "../read-json.js";
import { textOf } from "../text-lines.js";

const meanings: Readonly<Record<string, StateMeaning>> = {
  open: "open",
  in_progress: "started",
  closed: "done",
  done: "done",
};

export function readTk(files: readonly SourceFile[]): SourceContents {
  const records: ImportedTicket[] = [];
  const problems: SourceProblem[] = [];
  const leftOut: { path: string; why: string }[] = [];
  for (const file of files) {
    if (!file.name.endsWith(".md") || file.name.includes("/") || /^readme\.md$/i.test(file.name)) {
      leftOut.push({ path: file.path, why: "is no ticket of tk (<id>.md in the folder itself)" });
      continue;
    }
    const content = textOf(file);
    if ("problem" in content) problems.push(content.problem);
    else
      collect(records, problems, { path: file.path, line: 1 }, content.text, () =>
        readTicket(file, content.text),
      );
  }
  return { records, problems, leftOut };
}

function readTicket(file: SourceFile, text: string): ImportedTicket {
  const { values, body, bodyLine } = readFrontMatterLines(text, ["deps", "links", "tags", ...layoutLists]);
  const record = openRecord(values);
  const name = file.name.slice(0, -".md".length);
  const externalId = record.text("id", "reference tk:<id>") ?? name;
  const state = record.text("status", "state, imported_state") ?? "open";
  const { title, markdown } = withoutTitle(body);
  const reference = takeLine(record, "external-ref", "reference external:<ref>, url:<ref>");
  const parent = record.text("parent", noteOf("parent"));
  record.texts("deps", noteOf("depends-on"));
  record.texts("links", noteOf("ticket"));
  const own = takeLine(record, "workflow_state", "state") ?? takeLine(record, "wiggum-state", "state");
  const meaning = lookUp(meanings, state) ?? ("held" as const);
  const layout = readLayoutKeys(record);
  const linksOf = (field: string, kind: string) =>
    [...new Set(listed(values[field]))].map((target) => ({ kind, target, field }));
  const ticket = {
    externalId,
    aliases: [name],
    // tk's own front matter may name the parent with a comment behind it.
    place: { path: file.path, line: bodyLine },
    title: title ?? "Untitled",
    type: record.text("type", "type"),
    state,
    meaning,
    ...(own !== undefined && { ownState: { word: own, fits: standingsOfThree(meaning) } }),
    priority: takePriority(record, "priority"),
    markdown,
    criteria: [],
    sections: [],
    events: [],
    links: [
      ...linksOf("deps", "depends-on"),
      ...linksOf("links", "ticket"),
      ...layout.links,
      ...(parent === undefined
        ? []
        : [{ kind: "parent", target: parent.replace(/\s+#.*$/, ""), field: "parent" }]),
    ],
    labels: record.texts("tags", "labels"),
    riskFlags: record.texts("risk_flags", "risk_flags"),
    readiness: takeLine(record, "readiness", "readiness"),
    needsPreflight: takeSwitch(record, "needs_preflight"),
    actionRequired: takeLine(record, "action_required", "action_required"),
    actionSince: layout.actionSince,
    actionBy: layout.actionBy,
    references: [
      ...personReferences("assignee", record.texts("assignee", "reference assignee:<name>")),
      ...(reference === undefined ? [] : [externalReference(reference)]),
      ...layout.references,
    ],
    createdAt: takeMoment(record, "created", "created_at"),
    createdBy: layout.createdBy,
    updatedAt: takeMoment(record, "updated_at", "updated_at"),
  };
  const { account, kept } = record.finish();
  const texts = [
    { field: "# title", fate: "mapped", note: "title" } as const,
    { field: "body", fate: "kept", note: "text below the title, byte for byte" } as const,
  ];
  const offeredFields = offeredOnLines(kept);
  return { ...ticket, digest: digestOf(text), account: [...account, ...texts], kept, offeredFields };
}

function listed(value: unknown): readonly string[] {
  return Array.isArray(value)
    ? (value as string[])
    : typeof value === "string" && value !== ""
      ? [value]
      : [];
}

/** The first `# ` line is the title; what stands before it stays text. */
export function withoutTitle(body: string): {
  readonly title: string | undefined;
  readonly markdown: string;
} {
  const found = /^# (.*?)[ \t]*\r?(?:\n|$)/m.exec(body);
  if (found === null) return { title: undefined, markdown: body };
  const before = body.slice(0, found.index);
  const after = body.slice(found.index + found[0].length);
  return { title: found[1]?.trim(), markdown: before.trim() === "" ? after : `\n${before}${after}` };
}
