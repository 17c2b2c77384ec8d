// Looks at the store itself. Only reads.
import { existsSync, readdirSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { isGitError } from "@wiggum/git";
import { printable, type TicketProblem } from "@wiggum/ticket-core";
import { isMissing } from "./files.js";
import { wrongSettings } from "./init-git-store.js";
import { unusableLockFiles } from "./lock-files.js";
import { failedMaintenance } from "./maintain.js";
import { mainLockPath, type StorePlace } from "./store-place.js";
import { pointerFaults, registeredViews, shownFolder } from "./views/view-place.js";

/** Everything that is wrong with the repository, its lock files and the pointers of its views. Tickets are judged by `list`. */
export function diagnoseStore(place: StorePlace): readonly TicketProblem[] {
  place.check();
  const fault = (path: string, message: string): TicketProblem => ({
    code: "STORE_FAULT",
    path: printable(path),
    message,
  });
  const problems: TicketProblem[] = [];
  if (!existsSync(join(place.root, ".git"))) {
    problems.push(
      fault(".git", "The file .git is missing: 'git clean -fdx' in the project would delete the store"),
    );
  }
  for (const [key, value] of wrongSettings(place.git)) {
    problems.push(fault("config", `The repository's setting ${key} is not ${value}`));
  }
  const hooks = readNames(join(place.root, "hooks")).filter((name) => !name.endsWith(".sample"));
  for (const name of hooks) {
    problems.push(
      fault(`hooks/${name}`, `A git hook, ${printable(name)}, acts on every push behind Wiggum's back`),
    );
  }
  for (const path of staleLocks(place)) {
    problems.push(fault(path, `${path} is a git lock that may have been left behind`));
  }
  for (const path of unusableLockFiles(place)) {
    problems.push(
      fault(
        relative(place.root, path),
        `The lock file ${printable(path)} is no SQLite file: nothing can be written`,
      ),
    );
  }
  const failed = failedMaintenance(place);
  if (failed !== undefined) {
    problems.push(
      fault(
        "objects/pack",
        `Its objects could not be packed, which makes it slow but harms nothing: ${failed}`,
      ),
    );
  }
  for (const message of checkObjects(place)) problems.push(fault("objects", message));
  for (const { view, kind } of registeredViews(place)) {
    for (const wrong of pointerFaults(place, view, kind)) {
      problems.push(fault(shownFolder(view), `The view ${printable(view.folder)}: ${wrong}`));
    }
  }
  return problems;
}

/** Lock files of git's that are older than `ageMs`, from the store's folder. Ours are cleared away by the next write. */
export function staleLocks(place: StorePlace, ageMs = 60_000): readonly string[] {
  return [relative(place.root, mainLockPath(place)), "packed-refs.lock", "HEAD.lock", "config.lock"].filter(
    (name) => {
      const made = statSync(join(place.root, name), { throwIfNoEntry: false })?.mtimeMs;
      return made !== undefined && Date.now() - made > ageMs;
    },
  );
}

function checkObjects(place: StorePlace): readonly string[] {
  try {
    const { exitCode, stdout, stderr } = place.git.runSync(
      ["fsck", "--strict", "--no-dangling", "--no-progress"],
      {
        allowedExitCodes: Array.from({ length: 64 }, (_, code) => code),
        timeoutMs: 600_000,
      },
    );
    if (exitCode === 0) return [];
    const lines = `${stdout}${stderr}`.split("\n").filter((line) => line.trim() !== "");
    return lines.slice(0, 20).map((line) => `git fsck: ${printable(line)}`);
  } catch (error) {
    if (isGitError(error)) return [`git fsck did not end: ${error.message}`];
    throw error;
  }
}

function readNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
