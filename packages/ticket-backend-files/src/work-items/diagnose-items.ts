// The checks of the original script, in its words and order, and those that the typed layer over the same files added.
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { isTicketError, printable } from "@wiggum/ticket-core";
import type { FolderReader } from "../folder/folder.js";
import { type ItemText, parseItem } from "./item-text.js";
import { rawOf, requiredKeys } from "./item-ticket.js";
import { textOf } from "./read-work-item.js";
import { type WorkItemStatus, workItemStatuses } from "./statuses.js";
import { readThread, strayComments } from "./thread.js";
import type { WorkItemFinding, WorkItemReport } from "./work-item.js";

/** Most findings that are told; a number stands for the rest. */
const maxFindings = 1000;

/** Looks at every item; reads only. `rootPath` stands before the paths in messages. */
export function diagnoseItems(root: FolderReader, rootPath: string): WorkItemReport {
  const findings: WorkItemFinding[] = [];
  const seen = { id: new Map<string, number>(), slug: new Map<string, number>() };
  const shown = (path: string) => printable(`${rootPath}/${path}`);
  const tell: Tell = (message, path, more = {}) =>
    findings.push({ severity: "error", message: message.slice(0, 500), path, ...more });
  for (const status of workItemStatuses) {
    if (root.kindOf(status) !== "folder") {
      tell(`missing directory: ${shown(status)}`, status);
      continue;
    }
    root.enter(status, (folder) => {
      for (const { name, kind } of folder.entries()) {
        if (name.startsWith(".") || kind === "file") continue;
        const path = `${status}/${name}`;
        if (kind !== "folder") tell(`not a directory, and no link is followed: ${shown(path)}`, path);
        else folder.enter(name, (item) => diagnoseItem(item, status, name, seen, tell, shown));
      }
    });
  }
  for (const key of ["id", "slug"] as const) {
    for (const [value, count] of seen[key]) if (count > 1) tell(`duplicate ${key}: ${printable(value)}`, "");
  }
  diagnoseLegacy(resolve(rootPath), tell);
  const isSound = findings.every(({ severity }) => severity === "warning");
  const more = findings.length - maxFindings;
  if (more <= 0) return { findings, isSound };
  // What fails the check is never cut off by what does not.
  const told = findings.toSorted((left, right) =>
    left.severity < right.severity ? -1 : left.severity > right.severity ? 1 : 0,
  );
  const severity = isSound ? "warning" : "error";
  const rest: WorkItemFinding = { severity, message: `${more} more findings are not shown`, path: "" };
  return { findings: [...told.slice(0, maxFindings), rest], isSound };
}

type Tell = (message: string, path: string, more?: Partial<WorkItemFinding>) => void;
type Shown = (path: string) => string;
type Seen = { readonly id: Map<string, number>; readonly slug: Map<string, number> };

function diagnoseItem(
  folder: FolderReader,
  status: WorkItemStatus,
  name: string,
  seen: Seen,
  tell: Tell,
  shown: Shown,
): void {
  const path = `${status}/${name}`;
  const [itemPath, threadPath] = [`${path}/item.md`, `${path}/thread.md`];
  if (folder.kindOf("item.md") !== "file") {
    tell(`missing item.md: ${shown(path)}`, itemPath);
    return;
  }
  if (folder.kindOf("thread.md") !== "file") tell(`missing thread.md: ${shown(path)}`, threadPath);
  if (folder.kindOf("artifacts") !== "folder")
    tell(`missing artifacts/: ${shown(path)}`, `${path}/artifacts`);
  else folder.enter("artifacts", (artifacts) => diagnoseArtifacts(artifacts, tell, shown));
  const item = parsed(folder, itemPath, tell, shown);
  if (item !== undefined) diagnoseValues(item, status, name, seen, tell, shown);
  const isClosed = status === "closed";
  if (isClosed && folder.kindOf("resolution.md") !== "file") {
    tell(`closed ticket missing resolution.md: ${shown(path)}`, path, { severity: "warning" });
  }
  if (folder.kindOf("thread.md") === "file")
    diagnoseThread(textOf(folder.read("thread.md")), threadPath, tell, shown);
}

function parsed(folder: FolderReader, path: string, tell: Tell, shown: Shown): ItemText | undefined {
  try {
    const bytes = folder.read("item.md") ?? new Uint8Array();
    if (bytes.length === 0) tell(`item.md is empty: ${shown(path)}`, path, { line: 1 });
    if (!/^---\r?\n/.test(textOf(bytes.subarray(0, 8)))) {
      tell(`item.md missing frontmatter opener: ${shown(path)}`, path, { line: 1 });
    } else return parseItem(bytes, path);
  } catch (error) {
    if (!isTicketError(error)) throw error;
    const { line } = error.data as { readonly line?: number };
    const isOpen = error.message.includes("does not end");
    const message = isOpen ? `item.md missing frontmatter closer: ${shown(path)}` : error.message;
    tell(message, path, line === undefined ? {} : { line });
  }
  return undefined;
}

function diagnoseValues(
  item: ItemText,
  status: WorkItemStatus,
  name: string,
  seen: Seen,
  tell: Tell,
  shown: Shown,
): void {
  const path = `${status}/${name}/item.md`;
  for (const key of requiredKeys) {
    const entry = item.entries.get(key);
    if (entry === undefined || entry.raw === "") {
      tell(`missing required field '${key}': ${shown(path)}`, path, { line: entry?.line ?? 1 });
    }
  }
  const [id, slug, said] = [rawOf(item, "id"), rawOf(item, "slug"), rawOf(item, "status")];
  const line = (key: string) => ({ line: item.entries.get(key)?.line ?? 1 });
  if (id && id !== name) {
    tell(`directory id mismatch: ${shown(`${status}/${name}`)} has id ${printable(id)}`, path, line("id"));
  }
  if (said && said !== status) {
    tell(`status mismatch: ${shown(path)} has '${printable(said)}' under '${status}'`, path, line("status"));
  }
  if (id) seen.id.set(id, (seen.id.get(id) ?? 0) + 1);
  if (slug) seen.slug.set(slug, (seen.slug.get(slug) ?? 0) + 1);
}

function diagnoseThread(text: string, path: string, tell: Tell, shown: Shown): void {
  for (const { line, isTimeless } of strayComments(text)) {
    const what = isTimeless ? "thread event missing at" : "malformed thread event comment at";
    tell(`${what}${isTimeless ? ":" : ""} ${shown(path)}:${line}`, path, { line });
  }
  for (const { kind, status, line } of readThread(text)) {
    if (kind !== "review" || status === "approve" || status === "request_changes") continue;
    const message = `legacy review event missing valid status at ${shown(path)}:${line}`;
    tell(message, path, { severity: "warning", line });
  }
}

function diagnoseArtifacts(folder: FolderReader, tell: Tell, shown: Shown): void {
  for (const { name, kind } of folder.entries()) {
    const path = `${folder.path}/${name}`;
    if (kind === "folder") folder.enter(name, (inner) => diagnoseArtifacts(inner, tell, shown));
    else if (kind !== "file") tell(`artifact path escapes artifacts/: ${shown(path)}`, path);
  }
}

/** Tickets of the time before this format, beside the root. */
function diagnoseLegacy(root: string, tell: Tell): void {
  const folder = dirname(root);
  for (const name of isKind(folder, "folder") ? readdirSync(folder) : []) {
    const isList = /^TO-?DO\.md$/.test(name) && isKind(join(folder, name), "file");
    if (!isList || !/tickets\/[^\s]*\.md/.test(readFileSync(join(folder, name), "utf8"))) continue;
    tell(`${name} still references legacy tickets/*.md`, "");
  }
  const old = join(folder, "tickets");
  // The root itself may well have that name.
  if (old === root || !isKind(old, "folder")) return;
  for (const name of readdirSync(old).sort()) {
    if (!name.endsWith(".md") || name.startsWith(".")) continue;
    tell(`legacy ticket file remains: ${printable(`tickets/${name}`)}`, "");
  }
}

function isKind(path: string, kind: "file" | "folder"): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return (kind === "file" ? found?.isFile() : found?.isDirectory()) === true;
}
