// For tests: what a store must answer, computed from all of its records with no index at all.
import type { TicketPage, TicketProblem, TicketQuery } from "@wiggum/ticket-core";
import { type PageRequest, selectPage } from "@wiggum/ticket-core";
import { createAttachmentFolders } from "../attachment-folders.js";
import { foreignProblem, foreignProblems } from "../foreign-problem.js";
import { createRefusalFinder, effectiveTickets, refusalProblems } from "../refusals.js";
import { createStoreReader } from "../snapshot.js";
import { judge } from "../store.fixture.js";
import { openStorePlace } from "../store-place.js";
import { problemOf } from "./index-rows.js";

/** Everything that is asked of the index. */
export interface Reference {
  readonly ids: readonly string[];
  list(query?: TicketQuery, page?: PageRequest): TicketPage;
}

/** Reads all of the store at `root` as it is now. */
export function answersWithoutIndex(root: string): Reference {
  const place = openStorePlace(root);
  const reader = createStoreReader(place);
  const folders = createAttachmentFolders(place.objects);
  const snapshot = reader.snapshot(place.readMain());
  const refusals = createRefusalFinder({ place, reader, judge }).at(snapshot);
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
  const asOf = snapshot.commit;
  return {
    ids: [...new Set([...tickets.keys(), ...found.tickets.keys()])].sort(),
    list: (query, page) => ({
      ...selectPage(records, query, page),
      problems: sorted(problems),
      asOf,
      cursor: asOf,
    }),
  };
}

/** In which order problems are told, nobody promises. */
export function sorted(problems: readonly TicketProblem[]): readonly TicketProblem[] {
  return problems.toSorted((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1));
}
