// What an entry point of the built ticket-core opens decides what it costs a program that imports it; `pnpm bench start-up` prints the time.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const core = new URL("../../../../packages/ticket-core/", import.meta.url);
const recorder = fileURLToPath(new URL("../testing/record-modules.mjs", import.meta.url));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "wiggum-entries-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The files that a program opens whose one line imports the entry. */
function openedBy(entry: string): readonly string[] {
  const record = join(folder, `${entry}.jsonl`);
  const program = `import ${JSON.stringify(new URL(`dist/${entry}.js`, core).href)}`;
  const words = ["--import", pathToFileURL(recorder).href, "--input-type=module", "--eval", program];
  const env = { ...process.env, RECORD_MODULES: record };
  const { status, stderr } = spawnSync(process.execPath, words, { encoding: "utf8", env });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const { files } = JSON.parse(readFileSync(record, "utf8")) as { readonly files: readonly string[] };
  return files.map((url) => fileURLToPath(url));
}

const bytesOf = (files: readonly string[]) => files.reduce((sum, path) => sum + statSync(path).size, 0);

test.each([
  // Each file is a hundredth of a start of Node, and so are some 10 KB.
  { entry: "light", mostFiles: 2, mostBytes: 100_000 },
  { entry: "parsers", mostFiles: 3, mostBytes: 300_000 },
  { entry: "index", mostFiles: 3, mostBytes: 310_000 },
])("$entry opens at most $mostFiles files of its own package", ({ entry, mostFiles, mostBytes }) => {
  const files = openedBy(entry);
  expect(files.filter((path) => !path.startsWith(fileURLToPath(new URL("dist/", core))))).toEqual([]);
  expect(files.length).toBeLessThanOrEqual(mostFiles);
  expect(bytesOf(files)).toBeLessThanOrEqual(mostBytes);
});

test("both entries share their state: parsers that one brings serve the other", () => {
  const program = `
    const { decodeTicket } = await import(${JSON.stringify(new URL("dist/light.js", core).href)});
    const text = "---\\nid: tk-0001\\ntitle: {a: 1, b: [2]}\\n---\\n";
    const read = () => { try { decodeTicket(text, { path: "x.md" }); return "read"; } catch (error) { return error.code; } };
    const before = read();
    await import(${JSON.stringify(new URL("dist/index.js", core).href)});
    console.log(before === "PARSER_MISSING" && read() !== "PARSER_MISSING");`;
  const ran = spawnSync(process.execPath, ["--input-type=module", "--eval", program], { encoding: "utf8" });
  expect({ ...ran, output: undefined, pid: 0 }).toMatchObject({ status: 0, stdout: "true\n" });
});

test("code of others that is in the bundle comes with its licences", () => {
  const notices = readFileSync(new URL("dist/third-party-notices.txt", core), "utf8");
  for (const name of ["yaml", "mdast-util-from-markdown", "micromark"]) {
    expect(notices).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\((MIT|ISC)\\)$`, "m"));
  }
});

test("the command is a bundle, too: each package that is in it has its licence beside it", () => {
  const dist = new URL("../../dist/", import.meta.url);
  const ours = new Set([...readdirSync(new URL("../", core)), "cli"]);
  const notices = readFileSync(new URL("third-party-notices.txt", dist), "utf8");
  const headings = [...notices.matchAll(/^((?:@[\w.-]+\/)?[\w.-]+) \d+\.\d+\.\d+ \([\w.-]+\)$/gm)].map(
    ([, name]) => name,
  );
  for (const contents of ["contents.json", "contents-tk.json"]) {
    const files: Record<string, readonly string[]> = JSON.parse(
      readFileSync(new URL(contents, dist), "utf8"),
    );
    const foreign = new Set(
      Object.values(files)
        .flat()
        .filter((name) => !ours.has(name)),
    );
    if (contents === "contents.json") expect(foreign.size).toBeGreaterThan(5);
    for (const name of foreign) expect(headings).toContain(name);
  }
  expect(notices).toContain("Apache License");
});
