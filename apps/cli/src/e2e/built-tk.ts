// Runs the built `tk` of this checkout in folders of its own: what a person, an agent or a plugin would see.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { sharedCache } from "./shared-cache.js";

/** The script of the checkout. */
export const tkScript = fileURLToPath(new URL("../../../../bin/tk", import.meta.url));
const built = fileURLToPath(new URL("../../dist/tk.js", import.meta.url));
if (!existsSync(built)) throw new Error(`${built} is missing: build the command first (pnpm run build)`);

export interface TkRan {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface TkRunOptions {
  readonly cwd?: string;
  readonly input?: string | Buffer;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Program instead of `bin/tk`. */
  readonly program?: string;
}

/** A folder `my-cool-app` of its own, somewhere with a space in its path. */
export interface TkFolder {
  readonly base: string;
  readonly root: string;
  /** A folder on PATH. */
  readonly programs: string;
  tk(words: readonly string[], options?: TkRunOptions): TkRan;
  /** The same for what must succeed; gives standard output without its last line end. */
  ok(words: readonly string[], options?: TkRunOptions): string;
  start(words: readonly string[], options?: TkRunOptions): ChildProcess;
  /** Writes a ticket file; `fields` come after `id` and `status: open`. */
  ticket(id: string, fields?: Readonly<Record<string, string>>, below?: string): void;
  write(path: string, text: string | Buffer, mode?: number): string;
  read(path: string): string;
  has(path: string): boolean;
  environment(more?: TkRunOptions["environment"]): NodeJS.ProcessEnv;
  remove(): void;
}

/** What is left of this process's environment: nothing that steers git, node or tk. */
const inherited = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) =>
      !/^(?:WIGGUM|GIT|NODE|VITEST|TK|TICKET)_|^(?:TICKETS_DIR|EDITOR|PAGER|XDG_CACHE_HOME)$/.test(name),
  ),
);

export function createTkFolder(): TkFolder {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "tk of a person-")));
  const root = join(base, "my-cool-app");
  const programs = join(base, "programs");
  for (const folder of [root, programs]) mkdirSync(folder);
  writeFileSync(join(base, ".gitconfig"), "[user]\n\tname = Jane Doe\n\temail = jane@example.org\n");

  const environment: TkFolder["environment"] = (more = {}) => ({
    ...inherited,
    ...sharedCache,
    HOME: base,
    GIT_CONFIG_NOSYSTEM: "1",
    PATH: `${programs}:${inherited["PATH"]}`,
    ...more,
  });
  const folder: TkFolder = {
    base,
    root,
    programs,
    environment,
    tk(words, { cwd = root, input = "", environment: more, program = tkScript } = {}) {
      const ran = spawnSync(program, words, {
        cwd,
        input,
        env: environment(more),
        encoding: "utf8",
        maxBuffer: 2 ** 28,
      });
      if (ran.error !== undefined) throw ran.error;
      return { exitCode: ran.status ?? 128, stdout: ran.stdout, stderr: ran.stderr };
    },
    ok(words, options) {
      const { exitCode, stdout, stderr } = folder.tk(words, options);
      if (exitCode !== 0 || stderr !== "")
        throw new Error(`tk ${words.join(" ")}: ${exitCode}\n${stdout}${stderr}`);
      return stdout.replace(/\n$/, "");
    },
    start: (words, { cwd = root, environment: more } = {}) =>
      spawn(tkScript, words, { cwd, env: environment(more), stdio: ["ignore", "pipe", "pipe"] }),
    ticket(id, fields = {}, below = `# Title of ${id}\n\n`) {
      const all = { id, status: "open", ...fields };
      const lines = Object.entries(all).map(([key, value]) => `${key}: ${value}\n`);
      folder.write(`.tickets/${id}.md`, `---\n${lines.join("")}---\n${below}`);
    },
    write(path, text, mode) {
      const file = path.startsWith("/") ? path : join(root, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
      if (mode !== undefined) chmodSync(file, mode);
      return file;
    },
    read: (path) => readFileSync(join(root, path), "utf8"),
    has: (path) => existsSync(join(root, path)),
    remove: () => rmSync(base, { recursive: true, force: true }),
  };
  return folder;
}
