import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { makesFolder } from "./builtin-commands.js";
import type { TkPlace } from "./find-place.js";
import { openFolderTickets } from "./folder-store.js";
import { TkFailure, tkError } from "./tk-failure.js";
import type { TkHost } from "./tk-host.js";
import type { TkStore } from "./tk-store.js";

/** Opens the tickets of the Wiggum project around; undefined = there is none. */
export type OpenProjectTickets = (host: TkHost) => Promise<TkStore | undefined>;

/** Opens the tickets that a command works with. @throws TkFailure when there are none, and the command makes none */
export async function openStore(
  place: TkPlace,
  command: string,
  host: TkHost,
  openProject: OpenProjectTickets,
): Promise<TkStore> {
  if (place.kind === "project") {
    const store = await openProject(host);
    if (store !== undefined) return store;
  } else if (place.kind === "folder") return folderTickets(place.path, host);
  else if (place.kind === "missing") {
    if (command === "create") return folderTickets(place.path, host);
    throw missingFolder(place.path);
  }
  if (makesFolder.has(command)) return folderTickets(join(host.workingDirectory, ".tickets"), host);
  throw new TkFailure([
    "Error: no .tickets directory found (searched parent directories)",
    "Run 'tk create' to initialize, or set TICKETS_DIR env var",
  ]);
}

/** `TICKETS_DIR` names a folder that is not there. */
export function missingFolder(path: string): TkFailure {
  return tkError(`tickets directory '${path}' does not exist`);
}

function folderTickets(path: string, host: TkHost): TkStore {
  return openFolderTickets({
    path,
    workingDirectory: host.workingDirectory,
    now: () => new Date(),
    random: (below) => process.getBuiltinModule("node:crypto").randomInt(below),
    defaultAssignee: gitUser,
    warn: host.say,
  });
}

/** Who git says that the person is; nobody where it says nothing usable, or is not there. */
function gitUser(): string {
  try {
    const name = execFileSync("git", ["config", "user.name"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
    return /\p{Cc}/u.test(name) ? "" : name;
  } catch {
    return "";
  }
}
