// work-items: `<status>/<id>/item.md`, `thread.md`, `resolution.md` and `artifacts/`.
import { lookUp, personReferences, sectionOf, takeMoment, takePriority } from "../foreign-words.js";
import { readFrontMatterLines } from "../front-matter-lines.js";
import type {
  FieldAccount,
  ImportedEvent,
  ImportedTicket,
  SourceContents,
  SourceFile,
  SourceProblem,
  StateMeaning,
} from "../imported-ticket.js";
import { digestOf, openRecord, RecordFault, type RecordReader } from "../open-record.js";
import { collect } from "../read-json.js";
import { textOf } from "../text-lines.js";
import { noteOf } from "./beads.js";
import { readThread } from "./work-items-thread.js";

const listKeys = ["labels", "risk_flags", "risks", "wiggum_depends_on"];

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
    record.text("legacy_ticket", "reference legacy_ticket:<id>"),
  );
  const assignee = unlessNull(record, "assignee", record.text("assignee", "reference assignee:<name>"));
  const { events, rest } = readThread(textIn("thread.md") ?? "");
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
    type: record.text("kind", "type"),
    state: said,
    // The folder decides, as it does for the other tool.
    meaning: lookUp(meanings, status) ?? ("held" as const),
    priority: takePriority(record, "priority"),
    markdown: body,
    criteria: [],
    sections: [...sectionOf("Resolution", resolution), ...sectionOf("Thread of work-items", rest)],
    events: events.map(
      ({ kind, author, at, heading, body: words }): ImportedEvent => ({
        kind,
        source: author,
        at,
        text: kind === "review" ? `${heading}\n\n${words}` : words,
      }),
    ),
    // What our own export says of links: the format has none.
    links: [
      ...record
        .texts("wiggum_depends_on", noteOf("depends-on"))
        .map((target) => ({ kind: "depends-on", target, field: "wiggum_depends_on" })),
      ...record
        .texts("wiggum_parent", noteOf("parent"))
        .map((target) => ({ kind: "parent", target, field: "wiggum_parent" })),
    ],
    labels: record.texts("labels", "labels"),
    riskFlags: [...record.texts("risk_flags", "risk_flags"), ...record.texts("risks", "risk_flags")],
    readiness: record.text("readiness", "readiness"),
    needsPreflight: takeSwitch(record, "needs_preflight") ?? takeSwitch(record, "needs-preflight"),
    actionRequired: actionIn(record),
    references: [
      ...personReferences("assignee", assignee === undefined ? [] : [assignee]),
      ...(slug === undefined ? [] : [{ kind: "slug", target: slug }]),
      ...(legacy === undefined ? [] : [{ kind: "legacy_ticket", target: legacy }]),
      ...artifacts.map(({ path }) => ({ kind: "artifact", target: path })),
    ],
    createdAt: takeMoment(record, "created_at", "created_at"),
    updatedAt: takeMoment(record, "updated_at", "updated_at"),
  };
  const { account, kept } = record.finish();
  const files: FieldAccount[] = own
    .map(({ name }) => name.slice(folder.length + 1))
    .filter((name) => name !== "item.md")
    .map((name) => accountOf(name));
  const all = [
    ...account,
    { field: "body", fate: "kept" as const, note: "text below the title, byte for byte" },
    ...files,
  ];
  const digest = digestOf([status, text, textIn("thread.md"), resolution, artifacts.map(({ name }) => name)]);
  return { ...ticket, digest, account: all, kept };
}

function accountOf(name: string): FieldAccount {
  if (name === "thread.md") return { field: name, fate: "mapped", note: "entries of the thread" };
  if (name === "resolution.md") return { field: name, fate: "mapped", note: "section Resolution" };
  if (name.endsWith(".gitkeep")) return { field: name, fate: "dropped", note: "says nothing" };
  if (name.startsWith("artifacts/")) {
    return { field: name, fate: "mapped", note: "reference artifact:<path>; the file stays where it is" };
  }
  return { field: name, fate: "dropped", note: "is no file of an item" };
}

function takeSwitch(record: RecordReader, field: string): boolean | undefined {
  const word = record.text(field, "needs_preflight");
  if (word === undefined) return undefined;
  if (/^(?:true|yes|1)$/i.test(word)) return true;
  if (/^(?:false|no|0)$/i.test(word)) return false;
  throw new RecordFault(`\`${field}\` must be true or false, and is '${word.slice(0, 40)}'`);
}

/** `null` is how it says that there is none. */
function unlessNull(record: RecordReader, field: string, word: string | undefined): string | undefined {
  if (word !== "null") return word;
  record.note(field, "dropped", "says nothing");
  return undefined;
}

/** `none` is how it says that nothing is. */
function actionIn(record: RecordReader): string | undefined {
  const reason = record.text("action_required", "action_required");
  if (reason !== "none") return reason;
  record.note("action_required", "dropped", "says that there is none");
  return undefined;
}
