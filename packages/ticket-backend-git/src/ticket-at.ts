import type { TicketId } from "@wiggum/ticket-core";
import { placesOf } from "./fan-out.js";
import type { GitObjects, ObjectId, ObjectSize } from "./objects.js";
import { ticketFile } from "./store-layout.js";

/** Something in the tree of a commit: a file by its name, or what lies deeper in the folder of that name. */
export interface NamedAt {
  readonly commit: ObjectId;
  readonly name: string;
  /** Inside the folder `name`, as UTF-8. */
  readonly inside?: string | undefined;
}

/** What lies there, wherever the layout of that commit has put it; in the order asked for. */
export function findAt(
  objects: GitObjects,
  asked: readonly NamedAt[],
): readonly ((ObjectSize & { readonly id: ObjectId }) | undefined)[] {
  const pathsOf = ({ commit, name, inside }: NamedAt) =>
    placesOf(name).map((place) => `${commit}:${place}${inside === undefined ? "" : `/${inside}`}`);
  const found = objects.sizes(asked.flatMap(pathsOf));
  return asked.map((each) => pathsOf(each).flatMap((path) => found.get(path) ?? [])[0]);
}

/** The blobs of these tickets at a commit; who is not there is left out. */
export function blobsAt(
  objects: GitObjects,
  commit: ObjectId,
  ids: readonly TicketId[],
): ReadonlyMap<TicketId, ObjectId> {
  const found = findAt(
    objects,
    ids.map((id) => ({ commit, name: ticketFile(id) })),
  );
  return new Map(
    ids.flatMap((id, index) => (found[index] === undefined ? [] : [[id, found[index].id] as const])),
  );
}
