// Turns a ticket's text into changes of the worktree.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { variants } from "./repair.mjs";
import { runTests, say } from "./run-program.mjs";
import { insertSorted } from "./sorted-lines.mjs";
import { synthesize } from "./synthesis.mjs";
import { contentsOf, examplesOf, newestFindings } from "./ticket.mjs";

const read = (path) => readFileSync(path, "utf8");

export async function implement(ticket) {
  const byFunction = Map.groupBy(examplesOf(ticket.criteria), (example) => example.name);
  for (const [name, examples] of byFunction) {
    writeTests(name, examples);
    const file = join("src", `${name}.js`);
    if (!existsSync(file)) create(name, file, examples, ticket);
    else if (!runTests().passed) repair(name, file);
  }
  for (const content of contentsOf(ticket.criteria)) ensureContent(content, ticket);
  for (const finding of newestFindings(ticket.feedback)) answer(finding, ticket);
}

function writeTests(name, examples) {
  const cases = examples
    .map(({ arguments: given, value }) => {
      const call = `${name}(${given.map((argument) => JSON.stringify(argument)).join(", ")})`;
      return `  assert.deepEqual(${call}, ${JSON.stringify(value)});`;
    })
    .join("\n");
  writeFileSync(
    join("test", `${name}.test.js`),
    `import assert from "node:assert/strict";\nimport { test } from "node:test";\nimport { ${name} } from "../src/index.js";\n\ntest("${name} does what its ticket says", () => {\n${cases}\n});\n`,
  );
}

function create(name, file, examples, ticket) {
  const program = synthesize(examples);
  if (program === undefined) throw new Error(`no program of known steps satisfies the examples of ${name}`);
  say(`${name}: ${program.names.join(", ")}`);
  writeFileSync(
    file,
    `/** ${sentence(ticket.title)} */\nexport function ${name}(text) {\n  return ${program.code};\n}\n`,
  );
  const index = join("src", "index.js");
  writeFileSync(
    index,
    insertSorted(read(index), /^export \{ (\w+) \}/, `export { ${name} } from "./${name}.js";`),
  );
}

function repair(name, file) {
  const source = read(file);
  for (const variant of variants(source)) {
    writeFileSync(file, variant);
    if (runTests().passed) {
      say(`${name}: repaired by one small change`);
      return;
    }
  }
  writeFileSync(file, source);
  throw new Error(`no small change of ${file} makes the tests pass`);
}

/** A member of a JSON file is set; anything else that a file must contain becomes a line of it. */
function ensureContent({ file, text }, ticket) {
  const present = existsSync(file) ? read(file) : "";
  if (present.includes(text)) return;
  const member = /^("[^"]+"): /.exec(text);
  if (member !== null && file.endsWith(".json")) {
    const pattern = new RegExp(`${member[1]}: [^,\\n]*`);
    writeFileSync(
      file,
      present.replace(pattern, () => text),
    );
    return;
  }
  if (file === "README.md" && /^\w+$/.test(text)) {
    addRow(text, ticket);
    return;
  }
  if (text.startsWith("## ")) {
    const first = present.indexOf("\n## ");
    writeFileSync(file, `${present.slice(0, first)}\n${text}\n${present.slice(first)}`);
    return;
  }
  const heading = present.indexOf("\n## ");
  const end = present.indexOf("\n", heading + 1);
  const after = present.slice(end + 1).replace(/^\n/, "");
  const isListNext = after.startsWith("- ");
  writeFileSync(file, `${present.slice(0, end + 1)}\n- ${text}\n${isListNext ? "" : "\n"}${after}`);
}

function addRow(name, ticket) {
  const row = `| \`${name}\` | ${ticket.title.replace(/^\w+: /, "")} |`;
  writeFileSync("README.md", insertSorted(read("README.md"), /^\| `(\w+)`/, row));
}

/** Findings name what is missing; this agent knows how to mend the kinds that it understands. */
function answer(finding, ticket) {
  say(`finding: ${finding}`);
  const row = /README\.md has no row for `(\w+)`/.exec(finding);
  if (row !== null) addRow(row[1], ticket);
}

function sentence(title) {
  const text = title.replace(/^\w+: /, "");
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
