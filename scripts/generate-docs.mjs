// Writes what docs/ has from code: a whole page, and the tables of another; `--check` only says whether they are up to date.
import { readFileSync, writeFileSync } from "node:fs";
import { exitCodeOf, exitCodes } from "../apps/cli/src/exit-codes.ts";
import { checkSettingsPage, settingsTables } from "./docs/settings-tables.mjs";

const meanings = {
  0: "done",
  1: "any other failure: no project, a hook or guard refused, git or a runner failed, a method that the runner lacks, overlapping local changes",
  2: "bad or missing arguments, unknown command or flag",
  3: "no session: no agent was ever started in this project, whatever the runner",
  4: "agent not found",
  5: "ticket not found, or its id is ambiguous",
  6: "unknown state, the state that the ticket already has, or a transition that its type does not allow",
  7: "merge or rebase conflict",
  8: "the ticket changed since you saw it; nothing was written, type it again",
  9: "held or beaten by another, who is named",
  10: "fenced: your claim was taken over, stop working",
  11: "outcome unknown; the operation id is printed, `--operation-id` asks or repeats",
  12: "busy, offline or no capacity: try later",
};

const sources = [
  ["tickets", "packages/ticket-core/src/errors.ts"],
  ["workflow, runners, control plane", "packages/workflow/src/errors.ts"],
  ["git", "packages/git/src/errors.ts"],
  ["the command line", "apps/cli/src/exit-codes.ts"],
];

/** Codes of an `…ErrorData` interface with the first sentence of their doc comments. */
function codesOf(path) {
  const text = readFileSync(path, "utf8");
  const body = text.slice(text.indexOf("ErrorData {"), text.indexOf("\n}", text.indexOf("ErrorData {")));
  const codes = [];
  for (const match of body.matchAll(/(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*)?^ {2}([A-Z][A-Z_]+):/gm)) {
    const comment = (match[1] ?? "").replace(/\s*\n\s*\*\s?/g, " ").trim();
    codes.push({ code: match[2], comment: comment.replaceAll("|", "\\|") });
  }
  return codes;
}

function exitCodesPage() {
  const lines = [
    "# Exit codes and errors",
    "",
    "<!-- Written by scripts/generate-docs.mjs: change the tables in the code, then run `pnpm docs`. -->",
    "",
    "Results go to standard output, everything else to standard error. The exit code says what a script may do next; hooks find the names in their",
    "environment.",
    "",
    "| code | name | meaning |",
    "|---|---|---|",
    ...Object.entries(exitCodes).map(([name, code]) => `| ${code} | \`${name}\` | ${meanings[code]} |`),
    "",
    "## Error codes",
    "",
    "Programs that use the libraries get an error with a stable `code`, typed `data` and, where there is one, a `hint` that says the next step.",
    "With `--json` the command prints the same. Messages may change, codes and data do not.",
  ];
  const listed = new Set();
  for (const [title, path] of sources) {
    lines.push("", `### ${title}`, "", "| code | exit | meaning |", "|---|---|---|");
    for (const { code, comment } of codesOf(path)) {
      if (exitCodeOf[code] === undefined) throw new Error(`${path}: ${code} has no exit code`);
      if (comment === "") throw new Error(`${path}: ${code} has no meaning`);
      listed.add(code);
      lines.push(`| \`${code}\` | ${exitCodeOf[code]} | ${comment} |`);
    }
  }
  const missing = Object.keys(exitCodeOf).filter((code) => !listed.has(code));
  if (missing.length > 0) throw new Error(`No source describes ${missing.join(", ")}`);
  return `${lines.join("\n")}\n`;
}

/** The page as it is, with its generated places filled in anew. */
function configurationPage() {
  const left = new Set(Object.keys(settingsTables));
  const text = readFileSync("docs/configuration.md", "utf8").replace(
    /(<!-- generated: (.+?), change the schema and run `pnpm docs` -->\n\n)[\s\S]*?(\n\n<!-- end -->)/g,
    (_, begin, name, end) => {
      if (!left.delete(name)) throw new Error(`docs/configuration.md: no table, or twice: ${name}`);
      return `${begin}${settingsTables[name]}${end}`;
    },
  );
  if (left.size > 0) throw new Error(`docs/configuration.md has no place for ${[...left].join(", ")}`);
  checkSettingsPage(text);
  return text;
}

const pages = { "docs/exit-codes.md": exitCodesPage(), "docs/configuration.md": configurationPage() };
const isCheck = process.argv.includes("--check");
let stale = 0;
for (const [path, text] of Object.entries(pages)) {
  let present = "";
  try {
    present = readFileSync(path, "utf8");
  } catch {
    // Not written yet.
  }
  if (present === text) continue;
  stale += 1;
  if (isCheck) console.error(`${path} is not what the code says: run \`pnpm docs\``);
  else writeFileSync(path, text);
}
process.exit(isCheck && stale > 0 ? 1 : 0);
