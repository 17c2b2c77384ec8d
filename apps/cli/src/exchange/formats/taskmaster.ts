// task-master: `tasks.json`, either `{ "tasks": [...] }` or one such object for each tag.
import {
  criteriaFrom,
  lookUp,
  personReferences,
  sectionOf,
  takeMoment,
  takePriority,
} from "../foreign-words.js";
import type {
  ImportedLink,
  ImportedTicket,
  SourceContents,
  SourceFile,
  SourcePlace,
  SourceProblem,
  StateMeaning,
} from "../imported-ticket.js";
import { noteOf } from "../link-notes.js";
import { repeatedIn, scanObjects } from "../object-lines.js";
import { digestOf, openRecord, RecordFault, type RecordReader } from "../open-record.js";
import { readOwnData } from "../own-data.js";
import { standingsOf } from "../own-state.js";
import { collect, readDocument, repeatedKey } from "../read-json.js";

const meanings: Readonly<Record<string, StateMeaning>> = {
  pending: "open",
  "in-progress": "started",
  review: "review",
  done: "done",
  completed: "done",
  deferred: "held",
  blocked: "held",
  cancelled: "given-up",
};

export function readTaskmaster(files: readonly SourceFile[]): SourceContents {
  const records: ImportedTicket[] = [];
  const problems: SourceProblem[] = [];
  const leftOut: { path: string; why: string }[] = [];
  for (const file of files) {
    const document = readDocument(file, "tasks.json of task-master");
    if ("problem" in document) {
      problems.push(document.problem);
      continue;
    }
    const lists = listsIn(document.value);
    if (lists === undefined) {
      problems.push({
        path: file.path,
        message:
          'It has no list of tasks: `{ "tasks": [...] }`, or such an object for each tag, was expected',
      });
      continue;
    }
    const { lines, repeated } = scanObjects(document.text);
    const outside = repeated.get("");
    if (outside !== undefined) problems.push({ path: file.path, message: repeatedKey(outside) });
    const refuseTwice = (path: string) => {
      const twice = repeatedIn(repeated, path, "subtasks");
      if (twice !== undefined) throw new RecordFault(repeatedKey(twice));
    };
    const placeOf = (path: string) => ({ path: file.path, line: lines.get(path) ?? 1 });
    for (const { tag, tasks, rest, at: list } of lists) {
      for (const name of rest)
        leftOut.push({ path: `${file.path} ${name}`, why: "says nothing about a task" });
      for (const [index, raw] of tasks.entries()) {
        const place = placeOf(`${list}[${index}]`);
        collect(records, problems, place, raw, (value) => {
          refuseTwice(`${list}[${index}]`);
          const { task, subtasks } = readWhole(value, place, tag);
          const family = { parentId: task.externalId, sisters: new Set(subtasks.map(numberOf)) };
          for (const [number, subtask] of subtasks.entries()) {
            const below = placeOf(`${list}[${index}].subtasks[${number}]`);
            collect(records, problems, below, subtask, (inner, where) => {
              refuseTwice(`${list}[${index}].subtasks[${number}]`);
              return readTask(inner, where, tag, family).task;
            });
          }
          return task;
        });
      }
    }
  }
  return { records, problems, leftOut };
}

interface TaskList {
  /** Absent = the file is of the time before there were tags. */
  readonly tag: string | undefined;
  readonly tasks: readonly unknown[];
  /** Path of the list in the document. */
  readonly at: string;
  /** Paths of what lies beside the tasks. */
  readonly rest: readonly string[];
}

function listsIn(value: unknown): readonly TaskList[] | undefined {
  if (Array.isArray(value)) return [{ tag: undefined, tasks: value, rest: [], at: "" }];
  if (typeof value !== "object" || value === null) return undefined;
  const members = Object.entries(value as Record<string, unknown>);
  const own = members.find(([name]) => name === "tasks")?.[1];
  if (Array.isArray(own)) {
    const rest = members.map(([name]) => name).filter((name) => name !== "tasks");
    return [{ tag: undefined, tasks: own, rest, at: "tasks" }];
  }
  const lists = members.map(([tag, member]): TaskList | string => {
    const { tasks } = (typeof member === "object" && member !== null ? member : {}) as Record<
      string,
      unknown
    >;
    if (!Array.isArray(tasks)) return tag;
    const rest = Object.keys(member as object).filter((name) => name !== "tasks");
    return { tag, tasks, rest: rest.map((name) => `${tag}.${name}`), at: `${tag}.tasks` };
  });
  const found = lists.filter((list) => typeof list !== "string");
  const strange = lists.filter((list) => typeof list === "string");
  const [first, ...others] = found;
  return first && [{ ...first, rest: [...strange, ...first.rest] }, ...others];
}

/** A task that is broken takes its subtasks with it: that is said. */
function readWhole(raw: unknown, place: SourcePlace, tag: string | undefined): ReturnType<typeof readTask> {
  try {
    return readTask(raw, place, tag);
  } catch (error) {
    const { subtasks } = (typeof raw === "object" && raw !== null ? raw : {}) as { subtasks?: unknown };
    const count = Array.isArray(subtasks) ? subtasks.length : 0;
    if (!(error instanceof RecordFault) || count === 0) throw error;
    throw new RecordFault(`${error.message} (its ${count} subtasks stay out with it)`);
  }
}

/** What a subtask belongs to: the external id of its task, and the numbers of all subtasks there. */
interface Family {
  readonly parentId: string;
  readonly sisters: ReadonlySet<string>;
}

function numberOf(raw: unknown): string {
  const { id } = (typeof raw === "object" && raw !== null ? raw : {}) as { id?: unknown };
  return String(id);
}

function readTask(
  raw: unknown,
  place: SourcePlace,
  tag: string | undefined,
  family?: Family,
): { readonly task: ImportedTicket; readonly subtasks: readonly unknown[] } {
  const record = openRecord(raw);
  const parentId = family?.parentId;
  const own = record.id("id", "reference taskmaster:<tag>:<id>");
  if (own === undefined || own === "")
    throw new RecordFault("`id` is missing: the number of the task was expected");
  const scope = tag === undefined || tag === "master" ? "" : `${tag}:`;
  const outer = parentId?.slice(scope.length);
  // Newer versions write the whole id of a subtask, `3.1`.
  const externalId = `${scope}${outer === undefined || own.startsWith(`${outer}.`) ? own : `${outer}.${own}`}`;
  const state = record.text("status", "state, imported_state") ?? "pending";
  const subtasks = record.peek("subtasks");
  if (subtasks !== undefined && subtasks !== null && !Array.isArray(subtasks)) {
    throw new RecordFault("`subtasks` must be a list of objects");
  }
  if (subtasks !== undefined)
    record.note("subtasks", "mapped", "tickets of their own, with this one as parent");
  const listed = record.peek("acceptanceCriteria");
  // Some versions write a list, some one text with a list in it.
  const criteria = Array.isArray(listed)
    ? {
        criteria: record
          .texts("acceptanceCriteria", "acceptance criteria")
          .map((text) => ({ text, checked: false })),
        sections: [],
      }
    : criteriaFrom(record.text("acceptanceCriteria", "acceptance criteria"));
  const parent = record.id("parentId", noteOf("parent")) ?? record.id("parentTaskId", noteOf("parent"));
  const ours = readOwnData(record);
  const meaning = lookUp(meanings, state) ?? "held";
  const task = {
    externalId,
    ...(ours?.id !== undefined && { aliases: [ours.id] }),
    place,
    title: record.required("title", "title"),
    type: ours?.type,
    state,
    meaning,
    ...(ours?.state !== undefined && { ownState: { word: ours.state, fits: standingsOf(meaning) } }),
    ...(meaning === "held" && ours?.action !== undefined && { actionRequired: ours.action }),
    priority: takePriority(record, "priority"),
    description: record.text("description", "section Description"),
    criteria: criteria.criteria,
    sections: [
      ...criteria.sections,
      ...sectionOf("Details", record.text("details", "section Details")),
      ...sectionOf("Test Strategy", record.text("testStrategy", "section Test Strategy")),
    ],
    events: [],
    links: [
      ...(parentId !== undefined
        ? [{ kind: "parent", target: parentId, field: parent === undefined ? "id" : "parentId" }]
        : parent === undefined || parent === "undefined"
          ? []
          : [{ kind: "parent", target: `${scope}${parent}`, field: "parentId" }]),
      ...readDependencies(record, scope, outer, family?.sisters),
      ...(ours?.links ?? []),
    ],
    labels: [
      ...record.texts("tags", "labels"),
      ...(tag === undefined || tag === "master" ? [] : [`tag:${tag}`]),
      ...(ours?.labels ?? []),
    ],
    riskFlags: ours?.riskFlags,
    readiness: ours?.readiness,
    needsPreflight: ours?.needsPreflight,
    offeredFields: ours?.fields,
    actionSince: ours?.actionSince,
    actionBy: ours?.actionBy,
    references: [
      ...personReferences("assignee", record.texts("assignee", "reference assignee:<name>")),
      ...(ours?.references ?? []),
    ],
    createdAt: takeMoment(record, "createdAt", "created_at"),
    updatedAt: takeMoment(record, "updatedAt", "updated_at"),
  };
  const finished = { ...task, digest: digestOf(withoutSubtasks(raw)), ...record.finish() };
  return { task: finished, subtasks: Array.isArray(subtasks) ? subtasks : [] };
}

/** In a subtask a bare number names a sister, if there is one of it; with a dot, or in a task, it is the whole id. */
function readDependencies(
  record: RecordReader,
  scope: string,
  outer: string | undefined,
  sisters: ReadonlySet<string> | undefined,
): readonly ImportedLink[] {
  return record.texts("dependencies", noteOf("depends-on")).map((id) => ({
    kind: "depends-on",
    target: `${scope}${outer !== undefined && sisters?.has(id) ? `${outer}.${id}` : id}`,
    field: "dependencies",
  }));
}

/** Each of them has a digest of its own. */
function withoutSubtasks(raw: unknown): unknown {
  const { subtasks: _subtasks, ...rest } = raw as Record<string, unknown>;
  return rest;
}
