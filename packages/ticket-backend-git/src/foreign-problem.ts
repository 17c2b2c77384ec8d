import type { TicketId, TicketProblem } from "@wiggum/ticket-core";
import { homeOf } from "./fan-out.js";
import { type StoreContents, shownName } from "./snapshot.js";
import { idOfFile } from "./store-layout.js";

const kinds: Readonly<Record<string, string>> = {
  "120000": "a symbolic link",
  "40000": "a folder",
  "160000": "a sub-module",
};

/** Something in the store that is no ticket. */
export function foreignProblem(name: string, mode: string): TicketProblem {
  const path = shownName(name);
  return {
    code: "FILE_FOREIGN",
    path,
    message: `${path} is ${kinds[mode] ?? "a file"} that does not belong to the store and is left alone; ${remedy}`,
  };
}

const remedy = "'wiggum doctor --fix' takes it out, the history keeps it";

/** Everything in the tree that is not served, with the name by which it goes there. */
export function foreignProblems(
  { foreign, twins, lost }: Pick<StoreContents, "foreign" | "twins" | "lost">,
  isTicket: (id: TicketId) => boolean,
): readonly { readonly name: string; readonly problem: TicketProblem }[] {
  return [
    ...foreign.flatMap(({ name, mode }) => {
      // The folder of a ticket that a push took away, and that is put back.
      if (mode === "40000" && isTicket(name)) return [];
      return [{ name, problem: inWrongFolder(name, isTicket) ?? foreignProblem(name, mode) }];
    }),
    ...twins.map(({ name, path }) => ({ name: path, problem: twinProblem(name, path) })),
    ...lost.map(({ name, id }) => ({ name, problem: lostProblem(name, id) })),
  ];
}

/** Is there something that a comparison by names does not tell of? Then all of the tree is looked at. */
export function hasStrays({ foreign, twins, lost }: StoreContents): boolean {
  return twins.length > 0 || lost.length > 0 || foreign.some(({ name }) => name.includes("/"));
}

function inWrongFolder(path: string, isTicket: (id: TicketId) => boolean): TicketProblem | undefined {
  const file = path.slice(path.indexOf("/") + 1);
  const id = file === path ? undefined : idOfFile(file);
  if (id === undefined) return undefined;
  if (isTicket(id)) return duplicate(id, path);
  const shown = shownName(path);
  return {
    code: "FILE_FOREIGN",
    path: shown,
    message: `${shown} lies in the wrong folder: a file of ${id} belongs in ${homeOf(file) ?? ""}/ or at the top; it is left alone; ${remedy}`,
  };
}

function twinProblem(name: string, path: string): TicketProblem {
  const id = idOfFile(name) ?? name;
  return duplicate(id, path, `${homeOf(name) ?? ""}/${name}`);
}

/** Two of one ticket: the one in its own folder counts, and this one is told. */
function duplicate(id: TicketId, path: string, counted?: string): TicketProblem {
  const shown = shownName(path);
  const other = counted === undefined ? "" : ` (${shownName(counted)})`;
  return {
    code: "TICKET_DUPLICATE",
    id,
    path: shown,
    message: `${shown}: ${id} lies in the store twice; the other one counts${other} and this one is left alone; ${remedy}`,
  };
}

function lostProblem(name: string, object: string): TicketProblem {
  return {
    code: "STORE_FAULT",
    path: name,
    message: `The folder ${name} cannot be read, so its tickets are not shown: its object ${object} is missing; 'wiggum doctor --fix' copies it from the people's view`,
  };
}
