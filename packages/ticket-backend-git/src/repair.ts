import { rmSync } from "node:fs";
import { join, relative } from "node:path";
import { type Judge, printable } from "@wiggum/ticket-core";
import { createAttachmentFolders } from "./attachment-folders.js";
import { createGitBackend } from "./create-git-backend.js";
import { diagnoseStore, staleLocks } from "./diagnose.js";
import { gitProcessesOf } from "./git-processes.js";
import { initGitStore } from "./init-git-store.js";
import { moveLockFileAside, unusableLockFiles } from "./lock-files.js";
import { mendableObjects, mendObjects } from "./mend-objects.js";
import { createRefusalFinder } from "./refusals.js";
import { rejectionsOf, shortened } from "./rejections.js";
import { createStoreReader, type StoreReader, shownName } from "./snapshot.js";
import { openStorePlace, type StorePlace } from "./store-place.js";
import { ensureView, pointerFaults, registeredViews } from "./views/view-place.js";

/** One thing that can be mended, as data until it is applied. */
export interface StoreRepair {
  /** From the store's folder, or the view's folder; control characters escaped. */
  readonly path: string;
  /** What would be done, for people. */
  readonly description: string;
  /** `false`: it cannot be proved that nobody needs what goes; a person has to say yes. */
  readonly isCertain: boolean;
  apply(): Promise<void>;
}

/** Only a foreign lock that is older may be taken away. */
const deadLockMs = 600_000;

/**
 * What can be mended about the repository, its locks and its views, and, where a judge is given, about what was pushed past us. Changes
 * nothing. A store that is lost is `restoreFromView`'s.
 */
export async function planStoreRepair(
  path: string,
  { judge }: { readonly judge?: Judge | undefined } = {},
): Promise<readonly StoreRepair[]> {
  const place = openStorePlace(path);
  const repairs: StoreRepair[] = [];
  // First of all: what comes after it takes the lock.
  for (const lock of unusableLockFiles(place)) {
    repairs.push({
      path: printable(relative(place.root, lock)),
      description: `Move the lock file ${printable(lock)} aside, which is no SQLite file; nothing is stored in it`,
      isCertain: true,
      apply: async () => moveLockFileAside(lock),
    });
  }
  const problems = diagnoseStore(place);
  const damaged = problems.some(({ path: name }) => name === "objects") ? mendableObjects(place) : [];
  if (damaged.length > 0) {
    repairs.push({
      path: "objects",
      description: `Copy ${damaged.length === 1 ? `the damaged or missing object ${damaged[0]}` : `${damaged.length} damaged or missing objects, and what they name,`} from the people's view`,
      isCertain: true,
      apply: async () => mendObjects(place),
    });
  }
  const incomplete = problems.filter(
    ({ path: name }) => name === ".git" || name === "config" || name.startsWith("hooks/"),
  );
  if (incomplete.length > 0) {
    repairs.push({
      path: ".",
      description: `Give the repository what it lacks (${incomplete.map(({ path: name }) => name).join(", ")}); hooks are moved to wiggum/old-hooks`,
      isCertain: true,
      apply: async () => void (await initGitStore({ path: place.root })),
    });
  }
  for (const name of staleLocks(place, deadLockMs)) {
    const users = gitProcessesOf(place.root);
    const isCertain = users !== undefined && users.length === 0;
    const doubt =
      users === undefined
        ? "whether a git process uses it cannot be seen here"
        : `git process ${users.join(", ")} is at work here`;
    repairs.push({
      path: name,
      description: `Remove the lock ${name}, which is older than ten minutes${isCertain ? " and used by no git process" : `; ${doubt}`}`,
      isCertain,
      apply: async () => rmSync(join(place.root, name), { force: true }),
    });
  }
  for (const { view, kind } of registeredViews(place)) {
    const faults = pointerFaults(place, view, kind);
    if (faults.length === 0) continue;
    repairs.push({
      path: printable(view.folder),
      description: `Point the view at this store again: ${faults.join("; ")}`,
      isCertain: true,
      apply: async () => void ensureView(place, view, kind),
    });
  }
  if (judge !== undefined) repairs.push(...planPutBack(place, judge));
  return repairs;
}

function planPutBack(place: StorePlace, judge: Judge): readonly StoreRepair[] {
  const reader = createStoreReader(place);
  const rejections = rejectionsOf(
    createRefusalFinder({ place, reader, judge }).at(reader.snapshot(place.readMain())),
  );
  if (rejections.length === 0) return planTidy(place, judge, reader);
  const files = rejections.flatMap((rejection) => [...rejection.files.keys()]);
  return [
    {
      path: "main",
      description: `Put back what pushes broke: ${shortened(files, ", ")}; what was pushed stays in the history`,
      isCertain: true,
      apply: async () => void (await createGitBackend({ root: place.root, judge }).putBack()),
    },
    ...planTidy(place, judge, reader),
  ];
}

function planTidy(place: StorePlace, judge: Judge, reader: StoreReader): readonly StoreRepair[] {
  const found = reader.snapshot(place.readMain()).contents();
  const folders = createAttachmentFolders(place.objects);
  const names = [
    ...[...found.foreign, ...found.twins].map(({ path }) => path),
    ...found.folders.flatMap((folder) => folders.read(folder.name, folder).foreign),
  ].map(shownName);
  if (names.length === 0) return [];
  return [
    {
      path: "main",
      description: `Take out what does not belong to the store: ${shortened(names, ", ")}; the history keeps it`,
      isCertain: true,
      apply: async () =>
        void (await createGitBackend({ root: place.root, judge }).putBack({ isTidied: true })),
    },
  ];
}
