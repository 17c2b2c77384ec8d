// What `tk` loads decides how long it takes to start, as for `wiggum` (start-up.test.ts).
import { readFileSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTkFolder, type TkFolder } from "./built-tk.js";

const dist = dirname(fileURLToPath(new URL("../../dist/tk.js", import.meta.url)));
const recorder = fileURLToPath(new URL("../testing/record-modules.mjs", import.meta.url));
const contents = JSON.parse(readFileSync(join(dist, "contents-tk.json"), "utf8")) as Record<string, string[]>;
const own = ["cli", "ticket-backend-files", "ticket-core"];
/** Slow to load, and of no use to commands that only look. */
const slow = [
  "http",
  "https",
  "http2",
  "worker_threads",
  "inspector",
  "zlib",
  "dns",
  "repl",
  "tls",
  "sqlite",
  "crypto",
];
const mostFiles = 2;

let folder: TkFolder;
beforeAll(() => {
  folder = createTkFolder();
  folder.ticket("a-1", { deps: "[b-1]" });
  folder.ticket("b-1", { status: "closed" });
});
afterAll(() => folder.remove());

function loadedBy(words: readonly string[]) {
  const record = join(folder.base, "modules.jsonl");
  rmSync(record, { force: true });
  folder.ok(words, {
    environment: { NODE_OPTIONS: `--import ${pathToFileURL(recorder).href}`, RECORD_MODULES: record },
  });
  const [line = ""] = readFileSync(record, "utf8").split("\n");
  const { files, builtIn } = JSON.parse(line) as { files: readonly string[]; builtIn: readonly string[] };
  const names = files.map((url) => relative(dist, fileURLToPath(url)).replaceAll("\\", "/"));
  const packages = names.flatMap(
    (name) => contents[name] ?? (name === "tk.js" ? [] : [`unknown file ${name}`]),
  );
  return { names, packages: [...new Set(packages)].filter((name) => !own.includes(name)), builtIn };
}

test.each(["ready", "ls", "show a-1", "blocked", "closed", "dep tree a-1", "dep cycle", "query", "help"])(
  "tk %s: our own code and little of Node's, in few files; no package of others",
  (line) => {
    const { names, packages, builtIn } = loadedBy(line.split(" "));
    expect(packages).toEqual([]);
    expect(builtIn.filter((module) => slow.includes(module))).toEqual([]);
    expect(names.length, names.join(" ")).toBeLessThanOrEqual(mostFiles);
  },
);

test.each(["start a-1", "create x", "link a-1 b-1", "add-note a-1 text"])(
  "tk %s, which writes: no package of others either",
  (line) => {
    const { packages, names } = loadedBy(line.split(" "));
    expect(packages).toEqual([]);
    expect(names.length, names.join(" ")).toBeLessThanOrEqual(mostFiles);
  },
);
