// `wiggum conformance` with modules as others write them, over the built packages.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createRepository, type Repository } from "./built-wiggum.js";

// Outside of any project: whoever writes a backend has none.
let outside: Repository;
let folder: string;
beforeAll(async () => {
  outside = await createRepository({ kind: "no repository", isInitialised: false });
  folder = mkdtempSync(join(tmpdir(), "wiggum-modules-"));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await outside.remove();
});

const built = (name: string) =>
  JSON.stringify(new URL(`../../../../packages/${name}/dist/index.js`, import.meta.url).href);

function module(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const memory = () =>
  module(
    "memory.mjs",
    `import { createMemoryBackend } from ${built("ticket-core")};
export function createBackend(setup) {
  const backend = createMemoryBackend(setup);
  return { backend, plant: backend.plant };
}
`,
  );

/** Sends every commit twice, and answers with the second. */
const twice = () =>
  module(
    "twice.mjs",
    `import { createMemoryBackend } from ${built("ticket-core")};
export function createBackend(setup) {
  const sound = createMemoryBackend(setup);
  const commit = async (given) => {
    const commit = structuredClone(given);
    await sound.commit(commit);
    return sound.commit(commit);
  };
  return { ...sound, commit };
}
`,
  );

interface Report {
  readonly kind: string;
  readonly name: string;
  readonly results: readonly { rule: string; outcome: string }[];
  readonly holds: number;
  readonly broken: number;
  readonly badge: string | null;
}

test("a sound backend: a line for each rule, a badge, exit 0; with --json the same as data", async () => {
  const path = memory();
  const ran = await outside.wiggum(["conformance", "--module", path]);
  expect(ran).toMatchObject({ exitCode: 0, stderr: "" });
  const lines = ran.stdout.trimEnd().split("\n");
  expect(lines.filter((line) => line.startsWith("FAIL"))).toEqual([]);
  expect(ran.stdout).toContain("ok    compare-and-swap: of writers from one revision");
  expect(ran.stdout).toContain("-     processes-killed: ");
  const { results, holds, broken, badge, ...rest } = await outside.json<Report>([
    "conformance",
    "--module",
    path,
  ]);
  expect(rest).toMatchObject({ kind: "backend", name: "memory", module: path, contract: 1 });
  expect(broken).toBe(0);
  expect(results.filter(({ outcome }) => outcome === "holds")).toHaveLength(holds);
  expect(lines.slice(-2)).toEqual([
    `${holds} of ${holds} rules hold for memory; ${results.length - holds} do not concern it`,
    `![wiggum backend contract 1: ${holds}/${holds} rules](https://img.shields.io/badge/wiggum%20backend%20contract%201-${holds}%2F${holds}%20rules-brightgreen)`,
  ]);
  expect(badge).toBe(lines.at(-1));
}, 60_000);

test("a planted fault is named by the rule that it breaks, exit 1; --rule tries some alone", async () => {
  const path = twice();
  const ran = await outside.wiggum(["conformance", "--module", path, "--rule", "receipt", "--rule", "order"]);
  expect(ran.exitCode).toBe(1);
  expect(ran.stdout).toMatch(
    /^ok {4}order: .*\nFAIL {2}receipt: .*\n {7}already: expected false, found true\n/m,
  );
  expect(ran.stdout).toMatch(/\n1 of 2 rules hold for memory\n$/);
  const alone = await outside.wiggum(["conformance", "--module", path, "--rule", "order"]);
  expect(alone.exitCode).toBe(0);
}, 60_000);

test("other processes open the store by the module itself", async () => {
  const path = module(
    "git.mjs",
    `import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createGitBackend, initGitStore } from ${built("ticket-backend-git")};
export async function createBackend({ judge }) {
  const folder = mkdtempSync(${JSON.stringify(join(folder, "store-"))});
  const root = join(folder, "tickets.git");
  await initGitStore({ path: root });
  const dispose = async () => rmSync(folder, { recursive: true, force: true });
  return { backend: createGitBackend({ root, judge }), elsewhere: { options: { root } }, dispose };
}
export const openBackend = ({ root }, { judge }) => createGitBackend({ root, judge });
`,
  );
  const ran = await outside.wiggum(["conformance", "--module", path, "--rule", "processes-lose-nothing"]);
  expect(ran).toMatchObject({ exitCode: 0, stderr: "" });
  expect(ran.stdout).toMatch(/^ok {4}processes-lose-nothing: /);
}, 120_000);

test("a runner is recognised, or named by --kind, and held to its rules", async () => {
  const path = module(
    "runner.mjs",
    `import { createProcessRunner } from ${built("runner-process")};
const waits = { terminateWaitMs: 400, followPollMs: 20 };
const blind = async () => { throw new Error("nobody can look"); };
export const createRunner = () => createProcessRunner(waits);
export const createBlindRunner = () => createProcessRunner({ ...waits, processes: { list: blind, read: blind } });
`,
  );
  const ran = await outside.wiggum(["conformance", "--module", path, "--rule", "start"]);
  expect(ran).toMatchObject({ exitCode: 0, stderr: "" });
  expect(ran.stdout).toContain("ok    start: a missing command is refused and leaves nothing behind\n");
  const wrong = await outside.wiggum(["conformance", "--module", path, "--kind", "backend"]);
  expect(wrong.exitCode).toBe(2);
  expect(wrong.stderr).toContain("it exports no function createBackend");
}, 120_000);

test("modules that cannot be used are refused with a sentence, exit 2", async () => {
  const refusals: Readonly<Record<string, string>> = {
    "syntax.mjs": "export const = 1;",
    "throws.mjs": 'throw new Error("no \\u001b[2J luck");',
    "nothing.mjs": "export const answer = 42;",
    "both.mjs": "export const createBackend = () => ({}), createRunner = () => ({});",
    "empty.mjs": "export const createBackend = () => undefined;",
    "fails.mjs": 'export const createBackend = () => { throw new Error("no disk"); };',
  };
  const said: Readonly<Record<string, string>> = {
    "syntax.mjs": "cannot be used: ",
    "throws.mjs": "cannot be used: no \\x1b[2J luck",
    "nothing.mjs": "it exports neither a function createBackend nor createRunner",
    "both.mjs": "it exports both createBackend and createRunner: give --kind",
    "empty.mjs": "createBackend answered neither a backend nor { backend }",
    "fails.mjs": "createBackend failed: no disk",
  };
  for (const [name, text] of Object.entries(refusals)) {
    const ran = await outside.wiggum(["conformance", "--module", module(name, text)]);
    expect([name, ran.exitCode, ran.stdout]).toEqual([name, 2, ""]);
    expect(ran.stderr).toContain(said[name]);
    expect(ran.stderr).not.toContain("\u001b[2J");
  }
  const missing = await outside.wiggum(["conformance", "--module", join(folder, "missing.mjs")]);
  expect(missing).toMatchObject({ exitCode: 2, stdout: "" });
  expect(missing.stderr).toContain("missing.mjs cannot be used: there is no such file\n");
  expect((await outside.wiggum(["conformance"])).stderr).toContain("Missing flag: --module PATH");
  const unknown = await outside.wiggum(["conformance", "--module", memory(), "--rule", "nonsense"]);
  expect(unknown).toMatchObject({ exitCode: 2, stdout: "" });
}, 60_000);
