// work-items: `<status>/<id>/item.md`, `thread.md`, `resolution.md` and `artifacts/`.
import { readWorkItemThread } from "@wiggum/ticket-backend-files";
import { lookUp, personReferences, sectionOf, takeMoment, takePriority } from "../foreign-words.js";
import { readFrontMatterLines } from "../front-matter-lines.js";
import type {
  FieldAccount,
  ImportedTicket,
  SourceContents,
  SourceFile,
  SourceProblem,
  StateMeaning,
} from "../imported-ticket.js";
import {
  layoutLists,
  offeredOnLines,
  plainText,
  readLayoutKeys,
  takeLine,
  takeSwitch,
} from "../layout-values.js";
import { noteOf } from "../link-notes.js";
import { digestOf, openRecord, RecordFault, type RecordReader } from "../open-record.js";
import { type OwnState, standingsOf, standingsOfThree } from "../own-state.js";
import { collect } from "../read-json.js";
import { textOf } from "../text-lines.js";

/** Older exports of ours had keys of their own for links and states. */
const dependencyKeys = ["depends_on", "wiggum_depends_on"];
const parentKeys = ["parent", "wiggum_parent"];
const listKeys = ["labels", "risks", ...layoutLists, ...dependencyKeys];

const meanings: Readonly<Record<string, StateMeaning>> = { open: "open", pending: "held", closed: "done" };

export function readWorkItems(files: readonly SourceFile[]): SourceContents {
  const records: ImportedTicket[] = [];
  const problems: SourceProblem[] = [];
  const leftOut: { path: string; why: string }[] = [];
  const items = new Map<string, SourceFile[]>();
  for (const file of files) {
    const [status = "", id = "", ...rest] = file.name.split("/");
    if (!Object.hasOwn(meanings, status) || rest.length === 0) {
      if (!/(?:^|\/)\./.test(file.name))
        leftOut.push({ path: file.path, why: "lies in no item (<status>/<id>/)" });
    } else items.set(`${status}/${id}`, [...(items.get(`${status}/${id}`) ?? []), file]);
  }
  for (const [folder, own] of items) {
    const item = own.find(({ name }) => name === `${folder}/item.md`);
    if (item === undefined) {
      problems.push({ path: own[0]?.path ?? folder, externalId: folder, message: "The item has no item.md" });
      continue;
    }
    collect(records, problems, { path: item.path, line: 1 }, { id: folder.split("/")[1] }, () =>
      readItem(folder, item, own),
    );
  }
  return { records, problems, leftOut };
}

function readItem(folder: string, item: SourceFile, own: readonly SourceFile[]): ImportedTicket {
  const [status = "", directory = ""] = folder.split("/");
  const textIn = (name: string): string | undefined => {
    const file = own.find((each) => each.name === `${folder}/${name}`);
    const content = file && textOf(file);
    if (content !== undefined && "problem" in content) {
      throw new RecordFault(`${name}, line ${content.problem.line ?? 1}: it is no text in UTF-8`);
    }
    return content?.text;
  };
  const text = textIn("item.md") ?? "";
  const { values, body } = readFrontMatterLines(text, listKeys);
  const record = openRecord(values);
  const said = record.text("status", "state, imported_state") ?? status;
  const slug = record.text("slug", "reference slug:<slug>");
  const legacy = unlessNull(
    record,
    "legacy_ticket",
    takeLine(record, "legacy_ticket", "reference legacy_ticket:<id>"),
  );
  const assignee = unlessNull(record, "assignee", takeLine(record, "assignee", "reference assignee:<name>"));
  const layout = readLayoutKeys(record);
  const word = takeLine(record, "workflow_state", "state") ?? takeLine(record, "wiggum_state", "state");
  const type = takeLine(record, "workflow_type", "type");
  if (type === undefined || record.peek("kind") === type) record.text("kind", "type");
  const kind = record.peek("kind");
  const { entries, rest } = readWorkItemThread((textIn("thread.md") ?? "").replaceAll("\r\n", "\n"));
  const artifacts = own.filter(
    ({ name }) => name.startsWith(`${folder}/artifacts/`) && !name.endsWith("/.gitkeep"),
  );
  const externalId = record.text("id", "reference work-items:<id>") ?? directory;
  const resolution = textIn("resolution.md");
  const ticket = {
    externalId,
    aliases: [directory, ...(slug === undefined ? [] : [slug])],
    place: { path: item.path, line: 1 },
    title: record.required("title", "title"),
    type: type ?? (typeof kind === "string" && kind.trim() !== "" ? kind : undefined),
    state: said,
    // The folder decides, as it does for the other tool.
    meaning: lookUp(meanings, status) ?? "held",
    ...(word !== undefined && { ownState: { word, ...leftOpenBy(status) } }),
    priority: takePriority(record, "priority"),
    markdown: body,
    criteria: [],
    sections: [...sectionOf("Resolution", resolution), ...sectionOf("Thread of work-items", rest)],
    events: entries.map(({ kind, source, at = "", text: words }) => ({ kind, source, at, text: words })),
    // What our own layout says of links: the format has none.
    links: [
      ...dependencyKeys.flatMap((field) =>
        record.texts(field, noteOf("depends-on")).map((target) => ({ kind: "depends-on", target, field })),
      ),
      ...parentKeys.flatMap((field) =>
        record.texts(field, noteOf("parent")).map((target) => ({ kind: "parent", target, field })),
      ),
      ...layout.links,
    ],
    labels: record.texts("labels", "labels"),
    riskFlags: [...record.texts("risk_flags", "risk_flags"), ...record.texts("risks", "risk_flags")],
    readiness: takeLine(record, "readiness", "readiness"),
    needsPreflight: takeSwitch(record, "needs_preflight") ?? takeSwitch(record, "needs-preflight"),
    actionRequired: actionIn(record),
    actionSince: layout.actionSince,
    actionBy: layout.actionBy,
    references: [
      ...personReferences("assignee", assignee === undefined ? [] : [assignee]),
      ...(slug === undefined ? [] : [{ kind: "slug", target: slug }]),
      ...(legacy === undefined ? [] : [{ kind: "legacy_ticket", target: legacy }]),
      ...layout.references,
    ],
    attachments: artifacts.map((file) => ({
      name: file.name.slice(`${folder}/artifacts/`.length),
      field: file.name.slice(`${folder}/`.length),
      file,
    })),
    createdAt: takeMoment(record, "created_at", "created_at"),
    createdBy: layout.createdBy,
    updatedAt: takeMoment(record, "updated_at", "updated_at"),
  };
  const { account, kept } = record.finish();
  const files: FieldAccount[] = own
    .map(({ name }) => name.slice(folder.length + 1))
    .filter((name) => name !== "item.md" && (!name.startsWith("artifacts/") || name.endsWith("/.gitkeep")))
    .map((name) => accountOf(name));
  const all = [
    ...account,
    { field: "body", fate: "kept" as const, note: "text below the title, byte for byte" },
    ...files,
  ];
  const digest = digestOf([status, text, textIn("thread.md"), resolution, artifacts.map(({ name }) => name)]);
  return { ...ticket, digest, account: all, kept, offeredFields: offeredOnLines(kept) };
}

function accountOf(name: string): FieldAccount {
  if (name === "thread.md") return { field: name, fate: "mapped", note: "entries of the thread" };
  if (name === "resolution.md") return { field: name, fate: "mapped", note: "section Resolution" };
  if (name.endsWith(".gitkeep")) return { field: name, fate: "dropped", note: "says nothing" };
  return { field: name, fate: "dropped", note: "is no file of an item" };
}

/** `open` and `pending` say nothing of the states between them: of ours, those in which nobody works are `pending` there. */
function leftOpenBy(status: string): Pick<OwnState, "fits" | "heldSays"> {
  return status === "closed"
    ? { fits: standingsOfThree("done") }
    : { fits: standingsOf("held"), heldSays: "of-workable" };
}

/** `null` is how it says that there is none. */
function unlessNull(record: RecordReader, field: string, word: string | undefined): string | undefined {
  if (word !== "null") return word;
  record.note(field, "dropped", "says nothing");
  return undefined;
}

/** `none` is how it says that nothing is. */
function actionIn(record: RecordReader): string | undefined {
  const raw = record.text("action_required", "action_required");
  if (raw === undefined || !/^(?:none|null|no|false)$/i.test(raw)) return raw && plainText(raw);
  record.note("action_required", "dropped", "says that there is none");
  return undefined;
}
