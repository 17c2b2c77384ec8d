// A person's terminal for tests: a pane of a tmux server of the test's own, in which commands are typed and whose screen is read.
import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import type { Repository } from "./built-wiggum.js";
import { eventually } from "./eventually.js";

export const isTmuxThere = spawnSync("tmux", ["-V"], { stdio: "ignore" }).error === undefined;

export interface TmuxTerminal {
  /** What is on the screen, line by line, without empty lines at the end. */
  screen(): readonly string[];
  /** What scrolled away, and the screen. */
  scrolled(): readonly string[];
  /** The screen with the sequences of its colours. */
  coloured(): string;
  /** Keys as tmux names them: `C-c`, `Enter`, `q`. */
  press(...keys: readonly string[]): void;
  type(text: string): void;
  resize(columns: number, rows: number): void;
  /** A program has the screen for itself; the cursor is shown; lines are broken at the end. */
  modes(): { readonly isAlternate: boolean; readonly isCursorShown: boolean; readonly isWrapping: boolean };
  /** What the program calls itself. */
  title(): string;
  /** Waits until the screen, joined by line ends, shows this. Fails with the screen when it never does. */
  shows(what: string | RegExp): Promise<string>;
  end(): void;
}

export interface TerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly cwd?: string;
  /** The program in the pane; default: a shell with a short prompt. */
  readonly command?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export function openTerminal(repository: Repository, options: TerminalOptions = {}): TmuxTerminal {
  const { columns = 80, rows = 24, cwd = repository.root } = options;
  const server = `wiggum-screen-${randomUUID().slice(0, 8)}`;
  const environment = {
    ...repository.environment,
    PATH: `${repository.programs}:${repository.environment["PATH"] ?? ""}`,
    PS1: "$ ",
    ...options.environment,
  };
  const tmux = (...words: readonly string[]) => {
    const ran = spawnSync("tmux", ["-u", "-L", server, "-f", "/dev/null", ...words], {
      env: environment,
      encoding: "utf8",
    });
    if (ran.status !== 0) throw new Error(`tmux ${words.join(" ")}: ${ran.stderr}`);
    return ran.stdout;
  };
  const lines = (...range: readonly string[]) =>
    tmux("capture-pane", "-p", ...range)
      .trimEnd()
      .split("\n");
  const size = ["-x", String(columns), "-y", String(rows)];
  tmux("new-session", "-d", ...size, "-c", cwd, options.command ?? "exec sh -i");
  return {
    screen: () => lines(),
    scrolled: () => lines("-S", "-"),
    coloured: () => tmux("capture-pane", "-p", "-e"),
    press: (...keys) => void tmux("send-keys", ...keys),
    type: (text) => void tmux("send-keys", "-l", "--", text),
    resize: (width, height) => void tmux("resize-window", "-x", String(width), "-y", String(height)),
    title: () => tmux("display-message", "-p", "#{pane_title}").trim(),
    modes() {
      const shown = tmux("display-message", "-p", "#{alternate_on} #{cursor_flag} #{wrap_flag}").trim();
      const [isAlternate, isCursorShown, isWrapping] = shown.split(" ").map((flag) => flag === "1");
      return {
        isAlternate: isAlternate === true,
        isCursorShown: isCursorShown === true,
        isWrapping: isWrapping === true,
      };
    },
    async shows(what) {
      let last = "";
      const isShown = () => {
        last = lines().join("\n");
        return typeof what === "string" ? last.includes(what) : what.test(last);
      };
      try {
        await eventually(String(what), async () => isShown(), 30_000);
      } catch (error) {
        throw new Error(`${String(error)}\n${last}`);
      }
      return last;
    },
    end: () => void spawnSync("tmux", ["-L", server, "kill-server"], { env: environment }),
  };
}
