// GitHub issues as `gh issue list --json ...` and `gh issue view --json ...` print them.
import { lookUp, personReferences, takeMoment } from "../foreign-words.js";
import type {
  ImportedEvent,
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
import { collect, readDocument, repeatedKey } from "../read-json.js";

/** Reasons for closing that mean: it was not done. */
const notDone = new Set(["NOT_PLANNED", "DUPLICATE"]);
/** Labels that GitHub's own set has for kinds of work. */
const typeOfLabel: Readonly<Record<string, string>> = {
  bug: "bug",
  enhancement: "feature",
  feature: "feature",
  epic: "epic",
  chore: "chore",
};

export function readGithub(files: readonly SourceFile[]): SourceContents {
  const records: ImportedTicket[] = [];
  const problems: SourceProblem[] = [];
  for (const file of files) {
    const document = readDocument(file, "a list of issues, as 'gh issue list --json ...' prints it,");
    if ("problem" in document) problems.push(document.problem);
    else {
      const { value } = document;
      const issues = Array.isArray(value) ? value : [value];
      const { lines, repeated } = scanObjects(document.text);
      const outside = Array.isArray(value) ? undefined : repeated.get("");
      for (const [index, raw] of issues.entries()) {
        const twice = outside ?? repeatedIn(repeated, `[${index}]`);
        collect(
          records,
          problems,
          { path: file.path, line: lines.get(`[${index}]`) ?? 1 },
          raw,
          (issue, place) => {
            if (twice !== undefined) throw new RecordFault(repeatedKey(twice));
            return readIssue(issue, place);
          },
        );
      }
    }
  }
  return { records, problems, leftOut: [] };
}

/** `owner/name#12` where the address is there, else `#12`. */
function idOf(number: string, url: string | undefined): string {
  const [, repository] = /^https?:\/\/[^/]+\/([^/]+\/[^/]+)\/(?:issues|pull)\/\d+/.exec(url ?? "") ?? [];
  return `${repository ?? ""}#${number}`;
}

function readIssue(raw: unknown, place: SourcePlace): ImportedTicket {
  const record = openRecord(raw);
  const number = record.id("number", "reference github:<repository>#<number>");
  if (number === undefined || !/^\d+$/.test(number)) {
    throw new RecordFault(
      "`number` is missing: the number of the issue was expected (gh issue list --json number,title,...)",
    );
  }
  const url = record.text("url", "reference url:<url>");
  const externalId = idOf(number, url);
  const state =
    record.text("state", "state, imported_state") ?? (record.peek("closed") === true ? "CLOSED" : "OPEN");
  const reason = record.text("stateReason", "state: COMPLETED is done, NOT_PLANNED and DUPLICATE are not");
  if (record.peek("closed") !== undefined) record.note("closed", "dropped", "the same as `state`");
  const labels = namesIn(record, "labels", "labels");
  const milestone = record.object("milestone");
  const title = record.required("title", "title");
  const milestoneTitle = milestone?.text("title", "label milestone:<title>");
  const people = [
    ...personReferences("assignee", loginsIn(record.objects("assignees"), "reference assignee:<login>")),
  ];
  const author = record.object("author");
  const issueType = record.object("issueType")?.text("name", "type");
  const ticket = {
    externalId,
    aliases: [`#${number}`, number, ...(url === undefined ? [] : [url])],
    place,
    title,
    type:
      issueType ??
      labels.map((label) => lookUp(typeOfLabel, label.toLowerCase())).find((type) => type !== undefined),
    state: reason === undefined ? state : `${state} ${reason}`,
    meaning: meaningOf(state, reason),
    description: record.text("body", "section Description"),
    criteria: [],
    sections: [],
    events: record.objects("comments").map(readComment),
    links: readLinks(record, externalId),
    labels: milestoneTitle === undefined ? labels : [...labels, `milestone:${milestoneTitle}`],
    references: [...people, ...(url === undefined ? [] : [{ kind: "url", target: url }])],
    createdAt: takeMoment(record, "createdAt", "created_at"),
    createdBy: author?.text("login", "created_by"),
    updatedAt: takeMoment(record, "updatedAt", "updated_at"),
  };
  return { ...ticket, digest: digestOf(raw), ...record.finish() };
}

function meaningOf(state: string, reason: string | undefined): StateMeaning {
  if (state.toUpperCase() === "OPEN") return "open";
  if (state.toUpperCase() !== "CLOSED") return "held";
  return notDone.has((reason ?? "").toUpperCase()) ? "given-up" : "done";
}

function readLinks(record: RecordReader, externalId: string): readonly ImportedLink[] {
  const repository = externalId.slice(0, externalId.lastIndexOf("#"));
  const toIssue = (issue: RecordReader, kind: string): ImportedLink | undefined => {
    const number = issue.id("number", noteOf(kind));
    if (number === undefined) return undefined;
    const own = idOf(number, issue.text("url", "part of the link"));
    return { kind, target: own.startsWith("#") ? `${repository}${own}` : own, field: issue.path("number") };
  };
  const parent = record.object("parent");
  const found = [
    parent && toIssue(parent, "parent"),
    ...relatedIn(record, "blockedBy").map((issue) => toIssue(issue, "depends-on")),
    ...relatedIn(record, "blocking").map((issue) => toIssue(issue, "blocks")),
    ...relatedIn(record, "subIssues").map((issue) => toIssue(issue, "sub-issue")),
    ...record.objects("closedByPullRequestsReferences").map((issue) => toIssue(issue, "pull-request")),
  ];
  return found.filter((link) => link !== undefined);
}

/** A list of issues, or the object with `nodes` that some versions of gh print. */
function relatedIn(record: RecordReader, field: string): readonly RecordReader[] {
  const value = record.peek(field);
  const isConnection = typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isConnection) return record.objects(field);
  const connection = record.object(field);
  if (connection?.peek("totalCount") !== undefined)
    connection.note("totalCount", "dropped", "the length of the list");
  return connection?.objects("nodes") ?? [];
}

/** Labels are objects with a name; bare words are taken, too. */
function namesIn(record: RecordReader, field: string, note: string): readonly string[] {
  const value = record.peek(field);
  if (Array.isArray(value) && value.every((item) => typeof item === "string"))
    return record.texts(field, note);
  return record.objects(field).flatMap((label) => label.text("name", note) ?? []);
}

function loginsIn(people: readonly RecordReader[], note: string): readonly string[] {
  return people.flatMap((person) => person.text("login", note) ?? []);
}

function readComment(comment: RecordReader): ImportedEvent {
  return {
    kind: "comment",
    source: comment.object("author")?.text("login", "author of the comment") ?? "ghost",
    text: comment.text("body", "text of the comment") ?? "",
    at: takeMoment(comment, "createdAt", "time of the comment") ?? "",
  };
}
