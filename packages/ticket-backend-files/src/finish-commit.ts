import { isTicketError, type TicketError } from "@wiggum/ticket-core";
import type { Folder } from "./folder/folder.js";
import { journalFolder } from "./journal/journal-file.js";
import type { JournalTables, KeptCommit } from "./journal/journal-tables.js";
import type { FolderLayout } from "./layout.js";
import { makeAttachment, stateOfAttachment } from "./place-attachment.js";
import {
  type ChangePlaces,
  inFolder,
  makeChange,
  type PlaceChange,
  stateOf,
  takeBackChange,
} from "./place-change.js";

/** What a decided commit is brought into the files by. */
export interface FinishPorts {
  readonly folder: Folder;
  readonly tables: JournalTables;
  readonly layout: FolderLayout;
  readonly atStep: (step: string) => void;
  /** `take back`: only what is in the files as a whole stays. */
  readonly wanted: "make" | "take back";
}

/** How it ended: in the files, or taken back because the disk refused, or because something lay in the way that somebody else put there. */
export type Finished =
  | { readonly end: "made" }
  | { readonly end: "refused"; readonly failure: unknown }
  | { readonly end: "foreign"; readonly obstacle: TicketError | undefined };

/**
 * Brings a decided commit into the files, or takes it back; either way it is pending no more, once the transaction is committed.
 * @throws what the disk refuses with while something is taken back: then the commit is as pending as before
 */
export function finishCommit(ports: FinishPorts, pending: KeptCommit): Finished {
  const { folder, tables, layout, atStep, wanted } = ports;
  const { position, attachment } = pending;
  const changes = changesOf(tables, pending);
  let obstacle: TicketError | undefined;
  const reaching = <State>(look: () => State) => {
    try {
      return look();
    } catch (error) {
      // A link, say, in the place of a folder: what is behind it is none of ours.
      if (!isTicketError(error, "STORE_BROKEN")) throw error;
      obstacle = error;
      return "foreign";
    }
  };
  const states = changes.map((change) => reaching(() => stateOf(folder, layout, change)));
  const attached = attachment === undefined ? "after" : reaching(() => stateOfAttachment(folder, attachment));
  const isForeign = states.includes("foreign") || attached === "foreign";
  const isWhole = states.every((state) => state === "after") && attached === "after";
  const attach = (staging: Folder) => {
    if (attachment === undefined || attached === "after") return true;
    atStep(`attachment: ${attachment.name}`);
    return makeAttachment(folder, staging, attachment, tables.content(position));
  };
  let finished: Finished | undefined;
  placesOf(folder, { mark: String(position), atStep }, (places) => {
    if (wanted === "make" ? !isForeign : isWhole) {
      try {
        if (changes.every((change) => makeChange(places, layout, change)) && attach(places.staging)) {
          finished = { end: "made" };
        }
      } catch (failure) {
        // Where something lies in the way, somebody else was there: that is told as such.
        if (isTicketError(failure, "STORE_BROKEN")) obstacle = failure;
        else finished = { end: "refused", failure };
      }
    }
    // What is half written there takes room that is needed now.
    empty(places.staging);
    if (finished?.end === "made") {
      atStep("settle");
      tables.settle(position);
      return;
    }
    for (const change of changes.toReversed()) takeBack(places, layout, change);
    tables.drop(position);
  });
  return finished ?? { end: "foreign", obstacle };
}

/** Works with the folders of the journal. */
export function placesOf(
  folder: Folder,
  { mark, atStep }: Pick<ChangePlaces, "mark" | "atStep">,
  work: (places: ChangePlaces, own: Folder) => void,
): void {
  inFolder(folder, journalFolder, (own) =>
    own.enterMade("staging", (staging) =>
      own.enterMade("removed", (removed) => work({ root: folder, staging, removed, mark, atStep }, own)),
    ),
  );
}

/** What cannot be reached any more is somebody else's, and left alone. */
function takeBack(places: ChangePlaces, layout: FolderLayout, change: PlaceChange): void {
  try {
    takeBackChange(places, layout, change);
  } catch (error) {
    if (!isTicketError(error, "STORE_BROKEN")) throw error;
  }
}

function changesOf(tables: JournalTables, { changes, companions }: KeptCommit): readonly PlaceChange[] {
  return changes.map(({ id, before, after }) => {
    const wanted = after === null ? undefined : tables.kept(after);
    return {
      id,
      before: before === null ? undefined : tables.kept(before),
      after: wanted,
      companions: companionsBelow(companions, wanted?.folder),
    };
  });
}

function companionsBelow(
  companions: ReadonlyMap<string, Uint8Array>,
  folder: string | undefined,
): ReadonlyMap<string, Uint8Array> {
  if (folder === undefined) return new Map();
  return new Map(
    [...companions].flatMap(([path, bytes]) =>
      path.startsWith(`${folder}/`) ? [[path.slice(folder.length + 1), bytes] as const] : [],
    ),
  );
}

/** What a killed writer left there. Only who has the lock writes there. */
function empty(staging: Folder): void {
  for (const { name, kind } of staging.entries()) {
    if (kind === "folder") {
      staging.enter(name, empty);
      staging.removeEmpty(name);
    } else staging.remove(name);
  }
}
