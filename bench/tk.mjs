// What the drop-in `tk` costs in folders of 100, 1,000 and 10,000 tickets, as ratios to a bare start of Node, in one interleaved run.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const tkProgram = fileURLToPath(new URL("../apps/cli/dist/tk.js", import.meta.url));
const sizes = [100, 1_000, 10_000];
const rounds = 7;

const idOf = (number) => `bt-${number.toString(36).padStart(4, "0")}`;

/** A third closed, each waiting for one or two others, some with a long text. */
export function fillTk(folder, size) {
  mkdirSync(folder, { recursive: true });
  for (let number = 0; number < size; number += 1) {
    const deps = [number - 7, number - 31].filter((other) => other >= 0 && number % 4 !== 0).map(idOf);
    const status = ["closed", "open", "in_progress"][number % 3];
    const lines = number % 10 === 0 ? 200 : 5;
    const text = "A line of the description that says what has to be done.\n".repeat(lines);
    const head = `id: ${idOf(number)}\nstatus: ${status}\ndeps: [${deps.join(", ")}]\nlinks: []\ncreated: 2026-01-02T03:04:05Z`;
    const rest = `type: task\npriority: ${number % 5}\nassignee: Jane Doe\ntags: [ui, t${number % 9}]`;
    writeFileSync(
      join(folder, `${idOf(number)}.md`),
      `---\n${head}\n${rest}\n---\n# Ticket number ${number}\n\n${text}\n`,
    );
  }
}

/** Commands by name; each gives the words of one run. */
function commandsIn(size) {
  const last = idOf(size - 1);
  let turns = 0;
  return {
    ls: () => ["ls"],
    ready: () => ["ready"],
    blocked: () => ["blocked"],
    closed: () => ["closed"],
    show: () => ["show", last],
    "dep tree": () => ["dep", "tree", last],
    "dep cycle": () => ["dep", "cycle"],
    query: () => ["query"],
    "query, filtered": () => ["query", '.status == "open"'],
    status: () => {
      turns += 1;
      return ["status", last, turns % 2 === 0 ? "open" : "closed"];
    },
    create: () => ["create", "From the bench", "-a", "nobody"],
  };
}

const median = (values) => values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)];

/** Prints a table: a row for each command, a column for each size. */
export function printTk() {
  const base = mkdtempSync(join(tmpdir(), "bench-tk-"));
  try {
    const environment = { ...process.env, HOME: base, XDG_CACHE_HOME: "" };
    for (const name of ["TICKETS_DIR", "NODE_OPTIONS"]) delete environment[name];
    const timed = (words, cwd) => {
      const start = performance.now();
      const { status, stderr } = spawnSync(process.execPath, words, {
        cwd,
        env: environment,
        stdio: ["ignore", "ignore", "pipe"],
        encoding: "utf8",
      });
      if (status !== 0) throw new Error(`${words.join(" ")} ended with ${status}: ${stderr}`);
      return performance.now() - start;
    };
    const ratios = new Map();
    for (const size of sizes) {
      const root = join(base, String(size));
      fillTk(join(root, ".tickets"), size);
      const commands = Object.entries(commandsIn(size));
      for (const [, words] of commands) timed([tkProgram, ...words()], root);
      const bare = [];
      const taken = new Map(commands.map(([name]) => [name, []]));
      for (let round = 0; round < rounds; round += 1) {
        bare.push(timed(["-e", "0"], root));
        for (const [name, words] of commands) taken.get(name).push(timed([tkProgram, ...words()], root));
      }
      for (const [name, values] of taken) {
        ratios.set(name, [
          ...(ratios.get(name) ?? []),
          `${(median(values) / median(bare)).toFixed(2)} (${Math.round(median(values))} ms)`,
        ]);
      }
    }
    console.log(
      `tk, as a ratio to bare node (median of ${rounds}), at ${sizes.map((size) => size.toLocaleString("en")).join(" / ")} tickets`,
    );
    for (const [name, columns] of ratios) {
      console.log(`  ${name.padEnd(18)}${columns.map((column) => column.padStart(18)).join("")}`);
    }
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}
