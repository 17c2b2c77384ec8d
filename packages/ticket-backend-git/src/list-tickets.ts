// What a store says, read from all of its tickets.
import type { TicketId, TicketProblem, TicketRecord } from "@wiggum/ticket-core";
import type { AttachmentFolders } from "./attachment-folders.js";
import { foreignProblem, foreignProblems } from "./foreign-problem.js";
import { problemOf } from "./read-index/index-rows.js";
import { effectiveTickets, type RefusalFinder, refusalProblems } from "./refusals.js";
import type { StoreReader } from "./snapshot.js";
import type { StorePlace } from "./store-place.js";

export interface ListPorts {
  readonly place: StorePlace;
  readonly reader: StoreReader;
  readonly refusals: RefusalFinder;
  readonly folders: AttachmentFolders;
}

/** A whole store at one point of its history. */
export interface WholeStore {
  readonly asOf: string;
  /** In no order. */
  readonly records: readonly TicketRecord[];
  readonly problems: readonly TicketProblem[];
  /** Every id that is taken. */
  readonly ids: readonly TicketId[];
}

/** Reads all of it: where there is no index, and to check one. */
export function readWholeStore({ place, reader, refusals: finder, folders }: ListPorts): WholeStore {
  const snapshot = reader.snapshot(place.readMain());
  const refusals = finder.at(snapshot);
  const tickets = effectiveTickets(snapshot, refusals).all();
  const found = snapshot.contents();
  const contents = reader.contents(new Map([...tickets].map(([id, version]) => [id, version.id])));
  const records = [...contents.values()].flatMap((content) => ("record" in content ? [content.record] : []));
  const problems: TicketProblem[] = [...refusalProblems(refusals)];
  for (const [id, content] of contents)
    if ("problem" in content) problems.push(problemOf(id, content.problem));
  const named = new Set(problems.map(({ path }) => path));
  for (const { problem } of foreignProblems(found, (id) => tickets.has(id)))
    if (problem.code !== "FILE_FOREIGN" || !named.has(problem.path)) problems.push(problem);
  for (const folder of found.folders) {
    for (const path of folders.read(folder.name, folder).foreign)
      problems.push(foreignProblem(path, "100644"));
  }
  const ids = [...new Set([...tickets.keys(), ...found.tickets.keys()])];
  return { asOf: snapshot.commit, records, problems, ids };
}
