import { readFileSync } from "node:fs";
import { git, say, think, wiggum } from "./run-program.mjs";
import { examplesOf, readTicket } from "./ticket.mjs";

/** Reviews by the rules of CONTRIBUTING.md: doc comment, row in the table, a test for every example. */
export async function review(id) {
  const ticket = readTicket(id);
  if (ticket.state !== "review") return say(`${id} is ${ticket.state}: nothing to review`);
  await think();
  const findings = findingsOf(ticket);
  if (findings.length === 0) return answer(id, ["ticket", "approve", id]);
  const text = findings.map((finding, index) => `${index + 1}. ${finding}`).join("\n");
  say(text);
  const feedback = wiggum("ticket", "feedback", id, "Review", "--", text);
  if (feedback.code !== 0) throw new Error(`feedback failed with ${feedback.code}: ${feedback.err}`);
  answer(id, ["ticket", "reject", id]);
}

function findingsOf(ticket) {
  const findings = [];
  const names = [...read("src/index.js").matchAll(/^export \{ (\w+) \}/gm)].map((match) => match[1]);
  const readme = read("README.md");
  for (const name of names) {
    if (!/\*\/\nexport function /.test(read(`src/${name}.js`)))
      findings.push(`\`${name}\` has no doc comment`);
    if (!new RegExp(`^\\| \`${name}\``, "m").test(readme))
      findings.push(`README.md has no row for \`${name}\``);
  }
  const tests = git("grep", "-h", "assert", "--", "test").out;
  for (const { name, arguments: given, criterion } of examplesOf(ticket.criteria)) {
    const call = `${name}(${given.map((argument) => JSON.stringify(argument)).join(", ")})`;
    if (!tests.includes(call)) findings.push(`no test for the criterion ${criterion}`);
  }
  return findings;
}

function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

export function answer(id, command) {
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const run = wiggum(...command);
    say(`${command.slice(0, 2).join(" ")}: exit ${run.code}`);
    if (run.code === 0) return;
    // Somebody wrote to the ticket meanwhile, or the store is busy: look again and repeat.
    if (![8, 9, 12].includes(run.code))
      throw new Error(`${command.join(" ")} failed with ${run.code}: ${run.err}`);
    readTicket(id);
  }
  throw new Error(`${command.join(" ")} did not succeed after 10 attempts`);
}
