// The README's way through a ticket by hand, typed as it is printed there into a new folder. Needs what is built.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { repository } from "./public-names.js";

interface Step {
  readonly typed: string;
  /** What the README shows of it; none = it leaves the output out. */
  readonly shown: readonly string[];
}

let folder: string;
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "wiggum-readme-")));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
});

test("every command of 'By hand, without any agent' prints what the README shows", () => {
  const shell = openShell(folder);
  const ids = new Map<string, string>();
  for (const { typed, shown } of stepsOf("### By hand, without any agent")) {
    const said = shell.type(withIds(typed, ids));
    if (shown.length === 0) continue;
    noteIds(shown, said, ids);
    expect([typed, ...said.map(comparable)]).toEqual([
      typed,
      ...shown.map((line) => comparable(withIds(line, ids))),
    ]);
  }
  // The two commands that the text ends with.
  const [id = ""] = ids.values();
  expect(shell.type("wiggum run --until-done >/dev/null 2>&1; echo $?")).toEqual(["0"]);
  expect(shell.type(`wiggum branch cleanup ${id} >/dev/null 2>&1; echo $?`)).toEqual(["0"]);
  expect(shell.type("wiggum list --json 2>/dev/null | grep --count worker-0")).toEqual(["0"]);
  shell.type("wiggum teardown --force");
});

/** Commands and outputs of the blocks below that heading, up to the next one. */
function stepsOf(heading: string): readonly Step[] {
  const text = readFileSync(join(repository, "README.md"), "utf8");
  const from = text.indexOf(`\n${heading}\n`) + heading.length + 2;
  expect(from).toBeGreaterThan(heading.length + 1);
  const section = text.slice(from, from + text.slice(from).search(/^#+ /m));
  const lines = [...section.matchAll(/^```console\n([\s\S]*?)^```$/gm)].flatMap(([, block = ""]) =>
    block.trimEnd().split("\n"),
  );
  const steps: { typed: string; shown: string[] }[] = [];
  for (const line of lines) {
    if (line.startsWith("$ ")) steps.push({ typed: line.slice(2), shown: [] });
    else steps.at(-1)?.shown.push(line);
  }
  expect(steps.length).toBeGreaterThan(20);
  return steps;
}

function openShell(start: string): { type(command: string): readonly string[] } {
  let cwd = start;
  const kept = Object.entries(process.env).filter(([name]) => !/^(WIGGUM|GIT|TMUX|npm_|VITEST)/.test(name));
  const path = [join(repository, "bin"), dirname(process.execPath), process.env["PATH"]].join(delimiter);
  const environment = {
    ...Object.fromEntries(kept),
    PATH: path,
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_AUTHOR_NAME: "Ann",
    GIT_AUTHOR_EMAIL: "ann@example.com",
    GIT_COMMITTER_NAME: "Ann",
    GIT_COMMITTER_EMAIL: "ann@example.com",
  };
  return {
    type(command) {
      const script = `${command}\npwd -P >&3`;
      const { output, error } = spawnSync("bash", ["-c", `exec 2>&1\n${script}`], {
        cwd,
        env: environment,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe", "pipe"],
      });
      if (error) throw error;
      cwd = output[3]?.trimEnd() || cwd;
      const said = output[1] ?? "";
      return said === "" ? [] : said.replace(/\n$/, "").split("\n");
    },
  };
}

const anyId = /tk-[0-9a-f]{4}/g;

/** The README's ids stand for those of this run, in the order in which they come. */
function noteIds(shown: readonly string[], said: readonly string[], ids: Map<string, string>): void {
  const real = said.join("\n").match(anyId) ?? [];
  for (const [index, id] of (shown.join("\n").match(anyId) ?? []).entries()) {
    if (!ids.has(id)) ids.set(id, real[index] ?? "no id");
  }
}

function withIds(text: string, ids: ReadonlyMap<string, string>): string {
  return text.replace(anyId, (id) => ids.get(id) ?? id);
}

/** Without moments, ages and commit ids, which are others each time. */
function comparable(line: string): string {
  return line
    .replace(/\d{4}-\d\d-\d\dT[\d:]+Z/g, "<moment>")
    .replace(/\b\d+s\b/g, "<age>")
    .replace(/\b[0-9a-f]{7}\b/g, "<commit>")
    .trimEnd();
}
