// `wiggum conformance` over modules that misbehave: none of them may look as if it had been tried and found sound.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createRepository, type Repository } from "./built-wiggum.js";

let outside: Repository;
let folder: string;
beforeAll(async () => {
  outside = await createRepository({ kind: "no repository", isInitialised: false });
  folder = mkdtempSync(join(tmpdir(), "wiggum-hostile-"));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await outside.remove();
});

const core = JSON.stringify(new URL("../../../../packages/ticket-core/dist/index.js", import.meta.url).href);

/** A module over the sound backend in memory; `commit` is what becomes of its writes. */
function module(name: string, { commit = "sound.commit(commit)", extra = "", before = "" }): string {
  const path = join(folder, name);
  writeFileSync(
    path,
    `import { createMemoryBackend } from ${core};
let stores = 0;
export async function createBackend(setup) {
  stores += 1;
  ${before}
  const sound = createMemoryBackend(setup);
  const commit = async (commit) => ${commit};
  const backend = { ...sound, commit };
  return { backend, ${extra} };
}
`,
  );
  return path;
}

interface Report {
  readonly results: readonly { rule: string; outcome: string; found?: string }[];
  readonly holds: number;
  readonly broken: number;
  readonly badge: string | null;
}

async function check(path: string, ...more: readonly string[]) {
  return reported(await outside.wiggum(["conformance", "--module", path, ...more]));
}

function reported(ran: Awaited<ReturnType<Repository["wiggum"]>>) {
  const { data: report } = JSON.parse(ran.stdout) as { readonly data: Report };
  const outcomes = Object.fromEntries(report.results.map((result) => [result.rule, result]));
  return { ...ran, report, outcomes };
}

test("a module that ends its process at the start is refused, exit 2", async () => {
  const atImport = join(folder, "exit-import.mjs");
  writeFileSync(atImport, "process.exit(0);\nexport const createBackend = () => ({});\n");
  for (const path of [atImport, module("exit-create.mjs", { before: "process.exit(0);" })]) {
    const ran = await outside.wiggum(["conformance", "--module", path]);
    expect(ran).toMatchObject({ exitCode: 2, stdout: "" });
    expect(ran.stderr).toContain("cannot be used: it ended its process (exit code 0)");
  }
}, 60_000);

test("a module that ends its process under a rule breaks that rule, and the others are tried", async () => {
  // The first store tells what the backend supports.
  const path = module("exit-later.mjs", { before: "if (stores === 3) process.exit(0);" });
  const rules = ["supports", "receipt", "order"].flatMap((rule) => ["--rule", rule]);
  const { exitCode, outcomes, report } = await check(path, "--json", ...rules);
  expect(exitCode).toBe(1);
  expect(report).toMatchObject({ holds: 2, broken: 1 });
  expect(Object.values(outcomes).filter(({ outcome }) => outcome === "broken")).toEqual([
    expect.objectContaining({ found: "it ended its process (exit code 0)" }),
  ]);
}, 60_000);

test("a backend that says to be shared and cannot be opened by others breaks what it does not prove", async () => {
  const extra = "backend: { ...backend, supports: { ...backend.supports, shared: true } }";
  const { exitCode, report, outcomes } = await check(module("claims.mjs", { extra }), "--json");
  expect(exitCode).toBe(1);
  const lost = outcomes["processes-lose-nothing"];
  expect(lost).toMatchObject({ outcome: "broken" });
  expect(lost?.found).toContain("has no 'elsewhere' to prove it with");
  expect(outcomes["reopen"]?.found).toContain("has no 'open'");
  expect(outcomes["unreadable-read"]?.found).toContain("has no 'plant'");
  expect(outcomes["no-batch"]?.outcome).toBe("not concerned");
  expect(report.badge).toContain("-red)");
}, 60_000);

test("what a backend prints goes to standard error, escaped: standard output is the report alone", async () => {
  const before = 'console.log("a store \\u001b[2J"); process.stdout.write("no line end");';
  const ran = await check(module("prints.mjs", { before }), "--json", "--rule", "order");
  expect(ran).toMatchObject({ exitCode: 0, report: { holds: 1, broken: 0 } });
  expect(ran.stderr).toContain("a store \\x1b[2J\nno line end");
}, 60_000);

test("a commit that never settles costs its limit; after some of them the rest is not tried", async () => {
  const path = module("hangs.mjs", { commit: "new Promise(() => { setInterval(() => {}, 1000); })" });
  const typed = ["conformance", "--module", path, "--json", "--limit", "1"];
  const { exitCode, report, outcomes } = reported(await outside.wiggum(typed));
  expect(exitCode).toBe(1);
  expect(outcomes["supports"]?.outcome).toBe("holds");
  const found = report.results.flatMap((result) => (result.found === undefined ? [] : [result.found]));
  expect(found.filter((text) => text === "nothing after 1 second")).toHaveLength(5);
  expect(new Set(found)).toEqual(
    new Set(["nothing after 1 second", "not tried: 5 rules did not end in time"]),
  );
}, 120_000);

test("a loop without an end breaks its rule alone", async () => {
  const path = module("loops.mjs", { before: "if (stores === 2) for (;;) stores = 2;" });
  const rules = ["--rule", "receipt", "--rule", "order"];
  const { exitCode, outcomes } = await check(path, "--json", "--limit", "2", ...rules);
  expect(exitCode).toBe(1);
  // Each rule is the first of its process: both meet the second store.
  expect(outcomes["order"]?.found).toBe("nothing after 2 seconds");
  expect(outcomes["receipt"]?.found).toBe("nothing after 2 seconds");
}, 120_000);

test("a promise that is rejected and that nobody awaits breaks the rule it happened under", async () => {
  const commit = '(Promise.reject(new Error("left alone")), sound.commit(commit))';
  const { exitCode, outcomes, stderr } = await check(
    module("stray.mjs", { commit }),
    "--json",
    ...["--rule", "supports", "--rule", "receipt"],
  );
  expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: "" });
  expect(outcomes["supports"]?.outcome).toBe("holds");
  expect(outcomes["receipt"]).toMatchObject({
    outcome: "broken",
    found: "a promise that nobody awaits was rejected: left alone",
  });
}, 60_000);

test("what goes wrong after the last rule is held against it", async () => {
  const before = 'if (stores === 2) setTimeout(() => { throw new Error("much later"); }, 300);';
  const { exitCode, outcomes } = await check(module("late.mjs", { before }), "--json", "--rule", "supports");
  expect(exitCode).toBe(1);
  expect(outcomes["supports"]?.found).toBe("afterwards: an error was thrown that nobody caught: much later");
}, 60_000);

test("rules that concern nothing try nothing, exit 1; one that there is not is refused", async () => {
  const path = module("sound.mjs", {});
  const ran = await outside.wiggum(["conformance", "--module", path, "--rule", "processes-killed"]);
  expect(ran).toMatchObject({ exitCode: 1 });
  expect(ran.stdout).toContain("Nothing was tried: no rule that was asked for concerns memory\n");
  const both = ["--rule", "order", "--rule", "nonsense"];
  const unknown = await outside.wiggum(["conformance", "--module", path, ...both]);
  expect(unknown).toMatchObject({ exitCode: 2, stdout: "" });
  expect(unknown.stderr).toContain("There is no rule 'nonsense' for memory");
}, 60_000);
