// What a command loads decides how long it takes to start: this is the list, for every command that agents and hooks run all the time.
import { readFileSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRepository, program, type Repository } from "./built-wiggum.js";

const dist = dirname(program);
const recorder = fileURLToPath(new URL("../testing/record-modules.mjs", import.meta.url));
const contents = Object.assign(
  {},
  ...["contents.json", "contents-hot.json"].map((name) => JSON.parse(readFileSync(join(dist, name), "utf8"))),
) as Record<string, string[]>;

/** The parser of the command line: the only package of somebody else that a command loads, where what is typed is not plain. */
const parser = ["@stricli/core"];
const own = [
  "cli",
  "control-plane",
  "git",
  "runner-process",
  "runner-tmux",
  "ticket-backend-git",
  "ticket-core",
  "workflow",
];
/** Slow to load, and of no use to commands like these. */
const slow = ["http", "https", "http2", "worker_threads", "inspector", "dns", "repl", "tls"];
/** What a read needs none of, and what takes longer to load than it does. */
const unread = ["child_process", "tty", "net", "fs/promises", "perf_hooks"];
/** Each file costs about a hundredth of a start of Node. */
const mostFiles = 16;

let repository: Repository;
beforeAll(async () => {
  repository = await createRepository();
  const first = await repository.succeed(["ticket", "create", "First"]);
  await repository.succeed(["ticket", "create", "Second", "--dep", first]);
  await repository.succeed(["spawn", "worker", first]);
}, 60_000);
afterAll(() => repository.remove());

interface Loaded {
  readonly files: readonly string[];
  /** Packages of others. */
  readonly packages: readonly string[];
  readonly builtIn: readonly string[];
}

async function loadedBy(...words: readonly string[]): Promise<Loaded> {
  const record = join(repository.programs, "modules.jsonl");
  rmSync(record, { force: true });
  const environment = { NODE_OPTIONS: `--import ${pathToFileURL(recorder).href}`, RECORD_MODULES: record };
  await repository.succeed(words, { environment });
  const records = readFileSync(record, "utf8").trim().split("\n");
  const found = records
    .map((line) => JSON.parse(line) as Loaded & { readonly words: readonly string[] })
    // A drain that it woke records itself, too.
    .find((entry) => JSON.stringify(entry.words) === JSON.stringify(words));
  if (found === undefined) throw new Error(`${words.join(" ")} recorded nothing`);
  const files = found.files.map((url) => relative(dist, fileURLToPath(url)).replaceAll("\\", "/"));
  const names = files.flatMap(
    (file) => contents[file] ?? (file === "bin.cjs" ? [] : [`unknown file ${file}`]),
  );
  const packages = [...new Set(names)].filter((name) => !own.includes(name)).sort();
  return { files, packages, builtIn: found.builtIn };
}

/** `ID` = a ticket of its own. */
const hot = [
  "ticket comment ID ann text",
  "ticket feedback ID ann text",
  "ticket claim ID worker-7",
  "ticket transition ID closed --no-hooks",
];

const reads = [
  "ticket ready",
  "ticket ready --limit 20",
  "ticket list",
  "ticket list --json",
  "ticket list --state ready,review",
  "ticket show ID",
  "ticket blocked",
];

const others = ["ticket tree ID", "list", "status", "has-capacity", "hook drain"];

/** What such a line loads, with a ticket of its own. */
async function loadedByLine(line: string): Promise<Loaded> {
  const id = line.includes("ID") ? await repository.succeed(["ticket", "create", "Its own"]) : "";
  const words = line.replace("ID", id).split(" ");
  // What was written before is looked at first, by whoever comes first.
  if (reads.includes(line)) await repository.succeed(words);
  return await loadedBy(...words);
}

describe("what a hot command loads", () => {
  test.each([...hot, ...reads])(
    "%s: our own code and Node's, in few files",
    async (line) => {
      const { files, packages, builtIn } = await loadedByLine(line);
      expect(packages).toEqual([]);
      expect(builtIn.filter((module) => slow.includes(module))).toEqual([]);
      expect(files).toContain("hot.cjs");
      expect(files.length).toBeLessThanOrEqual(reads.includes(line) ? 3 : 6);
    },
    60_000,
  );

  test.each(reads)(
    "%s: nothing of what only writes need",
    async (line) => {
      const { files, builtIn } = await loadedByLine(line);
      expect(files).not.toContain("hot-cold.cjs");
      expect(builtIn.filter((module) => unread.includes(module))).toEqual([]);
    },
    60_000,
  );

  test.each(others)(
    "%s: the parser of the command line, too",
    async (line) => {
      const { files, packages, builtIn } = await loadedByLine(line);
      expect(packages.filter((name) => !parser.includes(name))).toEqual([]);
      expect(builtIn.filter((module) => slow.includes(module))).toEqual([]);
      expect(files.length).toBeLessThanOrEqual(mostFiles);
    },
    60_000,
  );

  test("what is typed in another way is read by the parser, and answered alike", async () => {
    const plain = await repository.succeed(["ticket", "ready", "--limit", "1"]);
    expect(await repository.succeed(["ticket", "ready", "--limit=1"])).toBe(plain);
    expect((await loadedBy("ticket", "ready", "--limit=1")).packages).toEqual(parser);
  }, 60_000);

  test("settings of one's own load neither parser nor schema a second time", async () => {
    repository.write(".wiggum/config.yaml", "maxRounds: 5\nchecks: [[node, --version]]\n");
    expect((await loadedBy("ticket", "ready")).packages).toEqual(["yaml", "zod"]);
    expect((await loadedBy("ticket", "ready")).packages).toEqual([]);
    repository.write(".wiggum/config.yaml", "maxRounds: 6\n");
    expect((await loadedBy("ticket", "ready")).packages).toEqual(["yaml", "zod"]);
  }, 60_000);
});

describe("what is loaded beyond that, and when", () => {
  test("the version: nothing at all", async () => {
    expect((await loadedBy("--version")).files).toEqual(["bin.cjs"]);
  });

  test("help: no more than the command line itself", async () => {
    for (const words of [["--help"], ["ticket", "--help"]]) {
      const { packages, builtIn, files } = await loadedBy(...words);
      expect(packages).toEqual([]);
      const unwanted = ["child_process", "crypto", "sqlite", "fs/promises"];
      expect(builtIn.filter((module) => unwanted.includes(module))).toEqual([]);
      expect(files.length).toBeLessThanOrEqual(7);
    }
  });

  test("a ticket that only the full parsers read is read all the same, and loads them", async () => {
    const odd = await repository.succeed(["ticket", "create", "Odd"]);
    const file = `.wiggum/tickets/${odd}.md`;
    const text = repository.read(file).replace(/^priority: 2$/m, "priority: 0x1 # of YAML");
    expect(text).toContain("0x1");
    repository.write(
      file,
      text.replace("## Description", "- a list\n\n  ~~~\n  ## Fence\n  ~~~\n\n## Description"),
    );
    await repository.succeed(["ticket", "sync"]);
    const { packages } = await loadedBy("ticket", "list", "--json");
    expect(packages).toContain("yaml");
    const { tickets } = await repository.json<{ tickets: { id: string; priority: number }[] }>([
      "ticket",
      "list",
    ]);
    expect(tickets.find((ticket) => ticket.id === odd)?.priority).toBe(1);
    await repository.succeed(["ticket", "comment", odd, "ann", "Seen."]);
    expect(await repository.succeed(["ticket", "show", odd])).toContain("priority: 0x1 # of YAML");
  }, 60_000);
});
