import { existsSync } from "node:fs";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  createProcessTable,
  type ProcessEntry,
  printable,
  signalProcess,
} from "@wiggum/runner-process/sessions";
import { tmuxFailed } from "./failures.js";
import { prepareSocketFolder } from "./socket.js";

/** Remembers which process the server of a project is, so that it is found although its socket is not. */
export interface ServerNote {
  /** Notes that this process answered on the socket. */
  write(pid: number): Promise<void>;
  forget(): Promise<void>;
  /**
   * Lets a server that lives make its socket again, which whoever tidies temporary files may have removed. False = there is no such server any
   * more. @throws RUNNER_FAILED it lives, and cannot be reached
   */
  revive(): Promise<boolean>;
}

const patienceMs = 5_000;

export function createServerNote(directory: string, server: string, socketPath: string): ServerNote {
  const path = join(directory, `server-${server}.json`);
  const processes = createProcessTable();
  let noted: number | undefined;

  const read = async (): Promise<Pick<ProcessEntry, "pid" | "startedAt"> | undefined> => {
    try {
      return JSON.parse(await readFile(path, "utf8")) as ProcessEntry;
    } catch {
      // None was noted, or not all of it.
      return undefined;
    }
  };
  const living = async (): Promise<ProcessEntry | undefined> => {
    const note = await read();
    if (note === undefined || !Number.isSafeInteger(note.pid)) return undefined;
    const entry = await processes.read(note.pid);
    return entry?.startedAt === note.startedAt ? entry : undefined;
  };

  return {
    async write(pid) {
      if (noted === pid || (await living())?.pid === pid) {
        noted = pid;
        return;
      }
      const entry = await processes.read(pid);
      if (entry === undefined) return;
      const draft = `${path}.${process.pid}`;
      await writeFile(draft, `${JSON.stringify({ pid, startedAt: entry.startedAt })}\n`, { mode: 0o600 });
      await rename(draft, path);
      noted = pid;
    },

    async forget() {
      noted = undefined;
      await rm(path, { force: true });
    },

    async revive() {
      const entry = await living();
      if (entry === undefined) return false;
      prepareSocketFolder(socketPath);
      const giveUpAtMs = performance.now() + patienceMs;
      // tmux makes its socket anew when it is told so.
      await signalProcess(processes, entry, "SIGUSR1");
      while (!existsSync(socketPath)) {
        if ((await living()) === undefined) return false;
        if (performance.now() > giveUpAtMs) {
          throw tmuxFailed(
            `The tmux server (process ${entry.pid}) runs, and its socket ${printable(socketPath)} is gone`,
            { hint: `It did not make it again; end it when its agents may end, too: kill ${entry.pid}` },
          );
        }
        await sleep(20);
      }
      return true;
    },
  };
}
