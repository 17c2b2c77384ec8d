import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A folder for one test with a git repository in it. */
export interface TemporaryRepository {
  /** The folder around the repository. */
  readonly base: string;
  /** Top of the repository. */
  readonly root: string;
  /** Environment without the person's git settings and without any agent's identity. */
  readonly environment: Readonly<Record<string, string>>;
  git(...args: string[]): string;
  write(path: string, text: string): void;
  /** Ends every process that was started with `environment`, then removes the folder. */
  remove(): Promise<void>;
}

/** Makes a repository on `main` with one commit (none with `isEmpty`). */
export function temporaryRepository(options: { readonly isEmpty?: boolean } = {}): TemporaryRepository {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "wiggum-project-")));
  const root = join(base, "project");
  mkdirSync(root);
  const environment = cleanEnvironment(base);
  const git = (...args: string[]) =>
    execFileSync("git", args, {
      cwd: root,
      env: environment,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  git("init", "-q", "-b", "main");
  git("config", "user.name", "Test");
  git("config", "user.email", "test@example.org");
  if (options.isEmpty !== true) {
    write("README.md", "# A project\n");
    git("add", "-A");
    git("commit", "-q", "-m", "Start");
  }
  return {
    base,
    root,
    environment,
    git,
    write,
    remove: () => removeAll(base),
  };
}

/** What a command woke may still be running, and would write into the folder again. */
async function removeAll(base: string): Promise<void> {
  for (let calm = 0; calm < 2; await sleep(10)) {
    const started = processesWith(`TEST_FIXTURE=${base}`);
    calm = started.length === 0 ? calm + 1 : 0;
    for (const pid of started) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has ended by itself.
      }
    }
  }
  rmSync(base, { recursive: true, force: true, maxRetries: 3 });
}

function processesWith(variable: string): readonly number[] {
  if (!existsSync("/proc")) return []; // no process table to look into
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => environmentOf(pid).includes(variable)).map(Number);
}

function environmentOf(pid: string): readonly string[] {
  try {
    // Empty for a process that is over and was not waited for.
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  } catch {
    return [];
  }
}

function cleanEnvironment(home: string): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !/^(GIT|WIGGUM)_/.test(entry[0]),
  );
  return {
    ...Object.fromEntries(kept),
    HOME: home,
    TEST_FIXTURE: home,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: join(home, "gitconfig"),
  };
}

/** Every file below a folder with its content, to compare before and after. `isSkipped` gets paths from the folder. */
export function contentOf(
  folder: string,
  isSkipped: (path: string) => boolean = () => false,
): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const walk = (path: string) => {
    for (const entry of readdirSync(join(folder, path), { withFileTypes: true })) {
      const name = path === "" ? entry.name : `${path}/${entry.name}`;
      if (isSkipped(name)) continue;
      if (entry.isDirectory()) walk(name);
      else if (entry.isSymbolicLink()) files.set(name, `-> ${readlinkSync(join(folder, name))}`);
      else files.set(name, readFileSync(join(folder, name), "latin1"));
    }
  };
  walk("");
  return files;
}
