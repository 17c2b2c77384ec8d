import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import {
  type Cursor,
  checkTicketId,
  printable,
  TicketError,
  type TicketId,
  type TicketRecord,
  type TicketViews,
  type ViewEdit,
  type ViewReport,
} from "@wiggum/ticket-core";
import { pathIn, placesOf } from "../fan-out.js";
import { isMissing, readTextIfThere, writeFileAtomically } from "../files.js";
import { createGitObjects, type ObjectId } from "../objects.js";
import { largestTicketBytes, readContent } from "../snapshot.js";
import { ticketFile } from "../store-layout.js";
import { bringFile } from "./bring-file.js";
import { blobId, lookAtFile } from "./disk.js";
import type { ExaminedFile } from "./examine.js";
import { followFew } from "./follow-few.js";
import { followTip } from "./git-state.js";
import { type Manifest, type ManifestFile, writeManifest } from "./manifest.js";
import { type OpenView, type ViewPorts, withLockedView, withView } from "./open-view.js";
import { viewPlace } from "./view-place.js";
import { isLarge, isWholeAt, noteWhole } from "./whole-view.js";

/** Files of the store in folders of people and agents. Every method but `path` makes a missing view, under the view's own lock. */
export function createViews(ports: ViewPorts): TicketViews {
  const step = ports.atStep ?? (() => {});

  /** The file that is there, else where it would be written. */
  function placeIn(folder: string, id: TicketId): string {
    const file = ticketFile(id);
    const places = placesOf(file);
    const found = places.find((place) => existsSync(join(folder, place)));
    return found ?? pathIn(ports.layout(), file);
  }

  function refreshOpen({ view, tip, manifest, isDerived, shown, files }: OpenView): ViewReport {
    const written: TicketId[] = [];
    const edited: TicketId[] = [];
    const kept = new Map<string, ManifestFile>();
    const contents = loadContents(files.filter(({ verdict }) => verdict === "behind"));
    // What comes before what goes: a file that moves to another folder is there all the time.
    for (const file of comingFirst(files)) {
      const { path, id, verdict, wanted, known, disk } = file;
      if (verdict === "behind") {
        const isWritten = wanted === undefined || contents.has(wanted);
        if (isWritten) {
          bringFile(view, file, contents);
          if (id !== undefined) written.push(id);
          step("file-written");
        }
        if (isWritten && wanted !== undefined) kept.set(path, { blob: wanted, stamp: undefined });
        else if (!isWritten && known !== undefined) kept.set(path, known);
      } else if (verdict === "current") {
        const stamp = disk.kind === "file" ? disk.stamp : undefined;
        if (wanted !== undefined) kept.set(path, { blob: wanted, stamp });
      } else {
        if (known !== undefined) kept.set(path, known);
        if (id !== undefined) edited.push(id);
      }
    }
    step("files-written");
    const isPresent = (path: string) => kept.has(path);
    const isFollowed = followTip(
      view,
      ports.place.objects,
      tip,
      shown === undefined || isSameShown(manifest, kept) ? manifest.indexAt : undefined,
      shown === undefined ? undefined : { shown, isPresent },
    );
    step("git-followed");
    const next: Manifest = { at: tip, indexAt: isFollowed ? tip : undefined, files: kept };
    if (isDerived || !isSameManifest(manifest, next)) writeManifest(view.privateFolder, next);
    noteWhole(view, isFollowed && edited.length === 0 && isLarge(kept.size) ? tip : undefined);
    return { at: tip, written, edited };
  }

  /** By blob; what is too large for a ticket is left out, such a file is not shown. */
  function loadContents(files: readonly ExaminedFile[]): ReadonlyMap<ObjectId, Buffer> {
    const blobs = [...new Set(files.flatMap(({ wanted }) => wanted ?? []))];
    const { objects } = ports.place;
    const sizes = objects.sizes(blobs);
    const small = blobs.filter(
      (blob) => (sizes.get(blob)?.bytes ?? Number.POSITIVE_INFINITY) <= largestTicketBytes,
    );
    return new Map([...objects.read(small)].map(([blob, { content }]) => [blob, content]));
  }

  function recordAt(open: OpenView, id: TicketId, blob: ObjectId): TicketRecord | undefined {
    // A base may be an edit that was taken before: such texts are kept in the view's own objects.
    const content = createGitObjects(open.view.git).read([blob]).get(blob)?.content;
    const read = readContent(id, blob, content);
    return "record" in read ? read.record : undefined;
  }

  function editOf(open: OpenView, file: ExaminedFile & { readonly id: TicketId }): ViewEdit {
    const path = join(open.view.folder, file.path);
    const base = file.known === undefined ? undefined : recordAt(open, file.id, file.known.blob);
    const known = base === undefined ? {} : { base };
    if (file.disk.kind === "absent") return { id: file.id, path, ...known };
    // Links are never followed: what they point at is not this ticket's text.
    if (file.verdict === "foreign") return { id: file.id, path, ...known, isForeign: true };
    const text = readUtf8(path);
    return text === undefined
      ? { id: file.id, path, ...known, isForeign: true }
      : { id: file.id, path, ...known, text };
  }

  return {
    async create(folder, kind) {
      await withView(ports, folder, kind, refreshOpen);
    },
    async refresh(folder, { isGlance = false, showing = [] } = {}) {
      const isAsked = showing.some((id) => !existsSync(join(folder, placeIn(folder, id))));
      const at = isGlance && !isAsked ? ports.place.readMain() : undefined;
      if (at !== undefined && isWholeAt(viewPlace(folder), at)) return { at, written: [], edited: [] };
      const followed = at !== undefined ? await followFew(ports, viewPlace(folder)) : undefined;
      if (followed !== undefined) return followed;
      return withView(ports, folder, undefined, refreshOpen, showing);
    },
    async edits(folder) {
      return withView(ports, folder, undefined, (open) =>
        open.files.flatMap((file) =>
          (file.verdict === "edited" || file.verdict === "foreign") && file.id !== undefined
            ? [editOf(open, { ...file, id: file.id })]
            : [],
        ),
      );
    },
    async settle(folder: string, id: TicketId, text?: string) {
      checkTicketId(id);
      await withView(ports, folder, undefined, (open) => {
        const candidates = open.files.filter((candidate) => candidate.id === id);
        // The one that somebody edited: while the layout changes there may be two.
        const file = candidates.find(({ verdict }) => verdict === "edited") ?? candidates[0];
        if (file === undefined || file.verdict === "foreign") return;
        const files = new Map(open.manifest.files);
        const taken = text === undefined ? undefined : blobId(Buffer.from(text), open.tip.length);
        if (taken !== undefined && (file.disk.kind !== "file" || file.disk.blob !== taken)) {
          // Saved again since it was taken: a new edit, made from the text that was taken, which is kept for the merge.
          files.set(file.path, { blob: createGitObjects(open.view.git).writeBlob(text ?? "") });
        } else {
          bringFile(open.view, file, loadContents([file]));
          if (file.wanted === undefined) files.delete(file.path);
          else files.set(file.path, { blob: file.wanted });
        }
        writeManifest(open.view.privateFolder, { ...open.manifest, files });
      });
    },
    async edit(folder, id, change) {
      checkTicketId(id);
      await withLockedView(ports, folder, undefined, (view) => {
        const place = placeIn(view.folder, id);
        const { kind } = lookAtFile(view.folder, place, undefined, ports.place.readMain().length);
        const path = join(view.folder, place);
        const text = kind === "file" ? readUtf8(path) : undefined;
        if (kind !== "absent" && text === undefined) throw noText(id, path);
        mkdirSync(dirname(path), { recursive: true });
        writeFileAtomically(path, change(text), { folder: view.privateFolder });
      });
    },
    path: (folder, id) => join(resolve(folder), placeIn(resolve(folder), checkTicketId(id))),
    async seen(folder): Promise<Cursor | undefined> {
      const text = readTextIfThere(join(viewPlace(folder).privateFolder, "seen"))?.trim();
      return text === undefined || text === "" ? undefined : text;
    },
    async markSeen(folder, cursor) {
      // Mostly nobody changed anything since.
      if (readTextIfThere(join(viewPlace(folder).privateFolder, "seen")) === `${cursor}\n`) return;
      await withLockedView(ports, folder, undefined, (view) => {
        const path = join(view.privateFolder, "seen");
        writeFileAtomically(path, `${cursor}\n`);
      });
    },
  };
}

/** Are the same files there as before? */
function isSameShown({ files }: Manifest, kept: ReadonlyMap<string, ManifestFile>): boolean {
  return files.size === kept.size && [...kept.keys()].every((path) => files.has(path));
}

function comingFirst(files: readonly ExaminedFile[]): readonly ExaminedFile[] {
  const isGoing = ({ wanted }: ExaminedFile) => Number(wanted === undefined);
  return files.toSorted((left, right) => isGoing(left) - isGoing(right));
}

function noText(id: TicketId, path: string): TicketError<"TICKET_UNREADABLE"> {
  return new TicketError(
    "TICKET_UNREADABLE",
    `${printable(path)} is no text file`,
    { id, path },
    { hint: "Move it away: the ticket's file is then written again." },
  );
}

/** `undefined` for what is no text: as text it would be stored changed. */
function readUtf8(path: string): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(readFileSync(path));
  } catch (error) {
    if (isMissing(error) || error instanceof TypeError) return undefined;
    throw error;
  }
}

function isSameManifest(one: Manifest, other: Manifest): boolean {
  if (one.at !== other.at || one.indexAt !== other.indexAt || one.files.size !== other.files.size)
    return false;
  for (const [name, { blob, stamp }] of other.files) {
    const before = one.files.get(name);
    if (before?.blob !== blob) return false;
    if (stamp !== undefined && JSON.stringify(before.stamp) !== JSON.stringify(stamp)) return false;
  }
  return true;
}
