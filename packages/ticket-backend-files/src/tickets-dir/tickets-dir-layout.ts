import {
  builtinTypes,
  isTicketId,
  printable,
  type TicketProblem,
  type TicketTypes,
} from "@wiggum/ticket-core";
import type { FolderReader } from "../folder/folder.js";
import type { FolderLayout, TicketPlace } from "../layout.js";
import { decodeTicketFile, encodeTicketFile } from "./ticket-codec.js";
import { ticketsDirType, ticketsDirTypes } from "./tickets-dir-type.js";

const suffix = ".md";

/** The id that a file name stands for; undefined = it is not the name of a ticket. */
export function idOfFile(name: string): string | undefined {
  if (!name.endsWith(suffix) || name.startsWith(".") || name.toLowerCase() === "readme.md") return undefined;
  return name.slice(0, -suffix.length);
}

const wordsFor = {
  folder: "a folder",
  link: "a symbolic link, and those are not followed",
  other: "no plain file",
} as const;

/** What the layout knows of states that tk does not. */
export interface TicketsDirLayoutOptions {
  /** Types of the tickets. Default: those that the judge of the backend says; else tk's own, and the built-in ones of other names. */
  readonly types?: TicketTypes | undefined;
}

/** Where nobody says more: words that both have mean what tk means by them. */
const usualTypes: TicketTypes = {
  defaultType: ticketsDirTypes.defaultType,
  types: { ...builtinTypes.types, ...ticketsDirTypes.types },
};

/** tk's folder: one file `<id>.md` for each ticket, nothing below it. */
export function ticketsDirLayout({ types: given }: TicketsDirLayoutOptions = {}): FolderLayout {
  const types = given ?? usualTypes;
  return {
    name: "tickets-dir",
    ...(given === undefined && { judgedBy: (types: TicketTypes) => ticketsDirLayout({ types }) }),
    type: ticketsDirType("task"),
    hasFolders: false,
    places(root: FolderReader) {
      const places: TicketPlace[] = [];
      const problems: TicketProblem[] = [];
      for (const { name, kind } of root.entries()) {
        const id = idOfFile(name);
        if (id === undefined) continue;
        if (kind === "file" && isTicketId(id)) places.push({ id, folder: "" });
        else {
          const why = kind === "file" ? "its name cannot be the id of a ticket" : `it is ${wordsFor[kind]}`;
          const path = printable(name);
          problems.push({ code: "FILE_FOREIGN", path, message: `${path} is no ticket: ${why}` });
        }
      }
      return { places, problems };
    },
    find(root, id) {
      return root.kindOf(`${id}${suffix}`) === undefined ? [] : [{ id, folder: "" }];
    },
    fileNames: ({ id }) => [`${id}${suffix}`],
    mainPath: ({ id }) => `${id}${suffix}`,
    decode: ({ id, files }) => decodeTicketFile(files.get(`${id}${suffix}`) ?? new Uint8Array(), id, types),
    encode(next, previous) {
      const name = `${next.id}${suffix}`;
      return {
        id: next.id,
        folder: "",
        files: new Map([[name, encodeTicketFile(next, types, previous?.files.get(name))]]),
      };
    },
  };
}
