// What an import of ten thousand tickets costs, as a ratio to starting bare Node, in one run.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const bin = fileURLToPath(new URL("../apps/cli/dist/bin.cjs", import.meta.url));
const count = 10_000;

/** Ten thousand records with links, labels and comments, as `--from` wants them. */
const sources = {
  jsonl: (index) => ({
    id: `b-${index}`,
    title: `Ticket ${index}`,
    description: `What is to be done. ${"More words. ".repeat(30)}`,
    state: index % 3 === 0 ? "ready" : "done",
    labels: [`area-${index % 7}`],
    depends_on: index < 3 ? [] : [`b-${index - 3}`],
    comments: index % 5 === 0 ? [{ author: "somebody", text: "a note", at: "2026-01-02T03:04:05Z" }] : [],
  }),
  beads: (index) => ({
    id: `bd-${index}`,
    title: `Issue ${index}`,
    description: `What is to be done. ${"More words. ".repeat(30)}`,
    status: index % 3 === 0 ? "open" : "closed",
    priority: index % 5,
    issue_type: "task",
    created_at: "2026-01-02T03:04:05.678Z",
    updated_at: "2026-01-02T03:04:05.678Z",
    dependencies:
      index < 3
        ? []
        : [
            {
              issue_id: `bd-${index}`,
              depends_on_id: `bd-${index - 3}`,
              type: "blocks",
              created_at: "2026-01-02T03:04:05Z",
            },
          ],
  }),
};

/** Prints a row for each step; `count` tickets are imported, imported again, listed and exported. */
export function printImport() {
  const folder = mkdtempSync(join(tmpdir(), "wiggum-bench-import-"));
  try {
    console.log(`Import of ${count} tickets, load ${loadavg()[0].toFixed(1)}; times a start of bare node`);
    for (const [format, recordOf] of Object.entries(sources)) {
      const run = makeProject(join(folder, format));
      const lines = Array.from({ length: count }, (_, index) => `${JSON.stringify(recordOf(index))}\n`);
      writeFileSync(join(folder, format, "source"), lines.join(""));
      const bare = Math.min(...Array.from({ length: 5 }, () => run(["-e", "0"])));
      const row = (name, ...args) => {
        const ms = run([bin, "ticket", ...args]);
        console.log(
          `${name.padEnd(32)} ${(ms / bare).toFixed(0).padStart(6)} x ${(ms / 1000).toFixed(2).padStart(8)} s`,
        );
      };
      row(`import --from ${format} --dry-run`, "import", "--from", format, "source", "--dry-run");
      row(`import --from ${format}`, "import", "--from", format, "source");
      row("the same again", "import", "--from", format, "source");
      row("export --to jsonl", "export", "--to", "jsonl", "out.jsonl");
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A project in this folder; answers what runs node there and tells the milliseconds. */
function makeProject(root) {
  mkdirSync(root, { recursive: true });
  const environment = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(WIGGUM|GIT)_|^NODE_(?:OPTIONS|COMPILE_CACHE)/.test(name),
    ),
  );
  Object.assign(environment, { HOME: root, XDG_CACHE_HOME: "", GIT_CONFIG_NOSYSTEM: "1" });
  const run = (args) => {
    const start = performance.now();
    const { status, stderr } = spawnSync(process.execPath, args, {
      cwd: root,
      encoding: "utf8",
      env: environment,
      maxBuffer: 1024 ** 3,
    });
    if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}: ${stderr}`);
    return performance.now() - start;
  };
  spawnSync("git", ["init", "-q", "-b", "main", root], { env: environment });
  run([bin, "init", "--agent", "true"]);
  return run;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) printImport();
