// Links of foreign records, re-pointed at tickets. What would make a ticket wait for itself becomes a reference.
import type { Reference, TicketId } from "@wiggum/ticket-core";
import { importedId } from "./imported-ids.js";
import type { ImportedLink, ImportedTicket } from "./imported-ticket.js";
import type { PlanOptions } from "./plan-import.js";

/** The links of one record, said in tickets. */
export interface ResolvedLinks {
  readonly dependsOn: readonly TicketId[];
  readonly blocks: readonly TicketId[];
  readonly parent?: TicketId | undefined;
  readonly references: readonly Reference[];
  /** Input fields that came out otherwise than their account says, with what became of them. */
  readonly changed: ReadonlyMap<string, string>;
  readonly warnings: readonly string[];
  /** Of the ticket that an external id stands for; `undefined` = there is none. */
  readonly idOf: (target: string) => TicketId | undefined;
  /** External ids that it waits for and that are no tickets: nobody may take it up before a person has said that this is settled. */
  readonly missing: readonly string[];
}

export interface LinkNode {
  readonly record: ImportedTicket;
  /** Absent = there is no ticket of it. */
  readonly id: TicketId | undefined;
  readonly isNew: boolean;
}

export interface LinkResolver {
  linksOf(record: ImportedTicket): ResolvedLinks;
  /** Does anything point at it? */
  isTarget(record: ImportedTicket): boolean;
}

const none: ResolvedLinks = {
  dependsOn: [],
  blocks: [],
  references: [],
  changed: new Map(),
  warnings: [],
  idOf: () => undefined,
  missing: [],
};

export function createLinkResolver(nodes: readonly LinkNode[], options: PlanOptions): LinkResolver {
  const byName = namesOf(nodes, options);
  const targets = new Set<ImportedTicket>();
  const edges = (kind: string) => {
    const graph = new Map<TicketId, TicketId[]>();
    for (const { ticket } of options.existing) {
      graph.set(
        ticket.id,
        kind === "parent" ? (ticket.parent === undefined ? [] : [ticket.parent]) : [...ticket.dependsOn],
      );
    }
    for (const { record, id } of nodes.filter(({ isNew }) => isNew)) {
      if (id === undefined) continue;
      const own = record.links
        .filter((link) => link.kind === kind && link.isReference !== true)
        .flatMap((link) => byName(link.target)?.id ?? []);
      // Only the first parent counts.
      graph.set(id, kind === "parent" ? own.slice(0, 1) : own);
    }
    return closingEdges(graph);
  };
  const closing = { "depends-on": edges("depends-on"), parent: edges("parent") } as const;
  for (const { record } of nodes) {
    for (const { target } of record.links) {
      const found = byName(target)?.record;
      if (found !== undefined) targets.add(found);
    }
  }
  const resolved = new Map<ImportedTicket, ResolvedLinks>();
  for (const { record, id, isNew } of nodes) {
    if (isNew && id !== undefined) resolved.set(record, resolve(record, id));
  }
  return {
    linksOf: (record) => resolved.get(record) ?? none,
    isTarget: (record) => targets.has(record),
  };

  function resolve(record: ImportedTicket, id: TicketId): ResolvedLinks {
    const dependsOn = new Set<TicketId>();
    const blocks = new Set<TicketId>();
    const references: Reference[] = [];
    const changed = new Map<string, string>();
    const warnings: string[] = [];
    const missing = new Set<string>();
    let parent: TicketId | undefined;
    const aside = (link: ImportedLink, target: string, why: string) => {
      references.push({ kind: wordOf(link.kind), target });
      changed.set(link.field, `reference ${wordOf(link.kind)}:<id>: ${why}`);
      warnings.push(`${link.kind} ${link.target}: ${why}; kept as a reference`);
    };
    for (const link of record.links) {
      const node = byName(link.target);
      if (node?.id === undefined) {
        const why = node?.record?.isDeleted ? "was deleted in the source" : "no record of this id";
        if (node?.record === undefined && (link.isReference || link.kind === "pull-request"))
          references.push({ kind: wordOf(link.kind), target: link.target });
        else aside(link, link.target, why);
        if (link.kind === "depends-on" && !link.isReference && node?.record?.isDeleted !== true)
          missing.add(link.target);
      } else if (link.isReference) references.push({ kind: wordOf(link.kind), target: node.id });
      else if (link.kind === "depends-on") {
        if (node.id === id) aside(link, node.id, "it would wait for itself");
        else if (closing["depends-on"].has(`${id} ${node.id}`)) aside(link, node.id, "closes a cycle");
        else dependsOn.add(node.id);
      } else if (link.kind === "parent") {
        if (node.id === id || closing.parent.has(`${id} ${node.id}`)) aside(link, node.id, "closes a cycle");
        else if (parent !== undefined && parent !== node.id) aside(link, node.id, "it has a parent already");
        else parent = node.id;
      } else if (link.kind === "blocks" && node.id !== id) blocks.add(node.id);
      else references.push({ kind: wordOf(link.kind), target: node.id });
    }
    return {
      dependsOn: [...dependsOn].sort(),
      blocks: [...blocks].sort(),
      parent,
      references,
      changed,
      warnings: [...new Set(warnings)],
      idOf: (target) => byName(target)?.id,
      missing: [...missing],
    };
  }
}

/** What a reference may begin with: one word. */
function wordOf(kind: string): string {
  const word = kind.replace(/[\s:\p{Cc}]+/gu, "-").slice(0, 60);
  return word === "" ? "link" : word;
}

interface Named {
  readonly record?: ImportedTicket | undefined;
  readonly id: TicketId | undefined;
}

/** Who is meant by an external id: a record of this source by its id, then by another spelling, then a ticket imported before. */
function namesOf(nodes: readonly LinkNode[], options: PlanOptions): (target: string) => Named | undefined {
  const exact = new Map<string, Named>();
  const spellings = new Map<string, Named | "several">();
  for (const node of nodes) {
    if (!exact.has(node.record.externalId)) exact.set(node.record.externalId, node);
    for (const name of node.record.aliases ?? []) {
      const other = spellings.get(name);
      spellings.set(name, other === undefined || other === node ? node : "several");
    }
  }
  const before = new Map<string, Named>();
  for (const { ticket } of options.existing) {
    const { imported_from: from, imported_id: id } = ticket.fields;
    if (from === options.format && typeof id === "string") before.set(id, { id: ticket.id });
    if (options.format === "jsonl") before.set(importedId(options, ticket.id), { id: ticket.id });
  }
  return (target) => {
    const found = exact.get(target) ?? spellings.get(target) ?? before.get(importedId(options, target));
    return found === "several" ? undefined : found;
  };
}

/** The edges (`<from> <to>`) that lead back to where one came from, walking in order. Without them there is no cycle. No recursion. */
export function closingEdges(graph: ReadonlyMap<TicketId, readonly TicketId[]>): ReadonlySet<string> {
  const closing = new Set<string>();
  const state = new Map<TicketId, "open" | "closed">();
  for (const root of graph.keys()) {
    if (state.has(root)) continue;
    const path = [{ id: root, next: 0 }];
    state.set(root, "open");
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const to = graph.get(top.id)?.[top.next];
      top.next += 1;
      if (to === undefined) {
        state.set(top.id, "closed");
        path.pop();
      } else if (state.get(to) === "open") closing.add(`${top.id} ${to}`);
      else if (!state.has(to)) {
        state.set(to, "open");
        path.push({ id: to, next: 0 });
      }
    }
  }
  return closing;
}
