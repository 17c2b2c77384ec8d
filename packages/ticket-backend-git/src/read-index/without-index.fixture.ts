// For tests: what a store must answer, computed from all of its records with no index at all.
import type { TicketPage, TicketProblem, TicketQuery } from "@wiggum/ticket-core";
import { type PageRequest, selectPage } from "@wiggum/ticket-core";
import { createAttachmentFolders } from "../attachment-folders.js";
import { readWholeStore } from "../list-tickets.js";
import { createRefusalFinder } from "../refusals.js";
import { createStoreReader } from "../snapshot.js";
import { judge } from "../store.fixture.js";
import { openStorePlace } from "../store-place.js";

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
  const refusals = createRefusalFinder({ place, reader, judge });
  const { asOf, records, problems, ids } = readWholeStore({ place, reader, refusals, folders });
  return {
    ids: ids.toSorted(),
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
