// The code of the pages for those who write backends and runners, as it is printed there: extracted, type-checked, and held to the kits.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { repository } from "./public-names.js";

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

describe("writing a backend", () => {
  const { text, blocks } = page("writing-a-backend.md");
  const names = ["map-backend", "map-backend.test"];

  test("the backend of the page passes as many tests of the kit as the page says", async () => {
    const folder = await compiled(names, blocks);
    const { code, output } = await run(process.execPath, ["--test", "out/map-backend.test.js"], folder);
    expect(output).toContain("fail 0");
    expect(passedIn(output)).toBe(passedIn(text));
    expect(code).toBe(0);
  });
});

describe("writing a runner", () => {
  const { text, blocks } = page("writing-a-runner.md");
  const names = ["nice-runner", "nice-runner.test", "starter"];

  test("the runner of the page passes as many tests of the kit as the page says", async () => {
    const folder = await compiled(names, blocks);
    const { code, output } = await run(process.execPath, ["--test", "out/nice-runner.test.js"], folder);
    expect(output).toContain("fail 0");
    expect(passedIn(output)).toBe(Number(/All (\d+) tests pass/.exec(text)?.[1]));
    expect(code).toBe(0);
  });

  test("without the line that the page names, the test fails that the page names", async () => {
    const [runner = "", ...others] = blocks;
    const less = runner.replace(/^.*checkCommand.*\n/m, "");
    expect(less).not.toBe(runner);
    const folder = await compiled(names, [less, ...others]);
    const named = /✖ (start: .*)/.exec(text)?.[1] ?? "";
    const only = ["--test", "--test-name-pattern", named, "out/nice-runner.test.js"];
    const { code, output } = await run(process.execPath, only, folder);
    expect(output).toContain(`✖ ${named}`);
    expect(output).toContain("expected AGENT_COMMAND_MISSING");
    expect(code).toBe(1);
  });
});

/** A page of the docs with its blocks of TypeScript. */
function page(name: string): { readonly text: string; readonly blocks: readonly string[] } {
  const text = readFileSync(join(repository, "docs", name), "utf8");
  return { text, blocks: [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = ""]) => code) };
}

/** The summary of `node --test`. */
function passedIn(text: string): number {
  return Number(/^. pass (\d+)$/m.exec(text)?.[1]);
}

/** A folder in which the packages of this repository are found, with the blocks under these names and their JavaScript in `out/`. */
async function compiled(names: readonly string[], blocks: readonly string[]): Promise<string> {
  const folder = mkdtempSync(join(repository, "published", ".page-"));
  folders.push(folder);
  mkdirSync(join(folder, "src"));
  expect(blocks).toHaveLength(names.length);
  for (const [index, name] of names.entries())
    writeFileSync(join(folder, "src", `${name}.ts`), blocks[index] ?? "");
  writeFileSync(join(folder, "package.json"), '{ "type": "module", "private": true }');
  const compilerOptions = {
    noEmit: false,
    customConditions: [],
    declaration: false,
    rootDir: "src",
    outDir: "out",
  };
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({ extends: "../../tsconfig.base.json", compilerOptions, include: ["src"] }),
  );
  const { code, output } = await run(join(repository, "node_modules/.bin/tsc"), ["-p", "."], folder);
  expect({ code, output }).toEqual({ code: 0, output: "" });
  return folder;
}

async function run(
  program: string,
  args: readonly string[],
  cwd: string,
): Promise<{ readonly code: number | null; readonly output: string }> {
  // The test runner tells its children by a variable that they are such.
  const { NODE_TEST_CONTEXT: _, NODE_OPTIONS: __, ...environment } = process.env;
  const child = spawn(program, args, { cwd, env: environment, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8");
    stream.on("data", (text: string) => {
      output += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output }));
  });
}
