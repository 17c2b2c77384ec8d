import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { answer } from "./reviewer.mjs";
import { runTests, say, think, wiggum } from "./run-program.mjs";
import { contentsOf, examplesOf, readTicket } from "./ticket.mjs";

/** Runs the project's tests, then every acceptance criterion against the code itself. */
export async function assure(id) {
  const ticket = readTicket(id);
  if (ticket.state !== "qa") return say(`${id} is ${ticket.state}: nothing to test`);
  await think();
  const failures = await failuresOf(ticket);
  if (failures.length === 0) return answer(id, ["ticket", "approve", id]);
  const text = failures.map((failure, index) => `${index + 1}. ${failure}`).join("\n");
  say(text);
  const feedback = wiggum("ticket", "feedback", id, "QA", "--", text);
  if (feedback.code !== 0) throw new Error(`feedback failed with ${feedback.code}: ${feedback.err}`);
  answer(id, ["ticket", "reject", id]);
}

async function failuresOf(ticket) {
  const failures = [];
  const tests = runTests();
  if (!tests.passed) failures.push("npm test fails");
  const module = await import(pathToFileURL("src/index.js").href);
  for (const { name, arguments: given, value, criterion } of examplesOf(ticket.criteria)) {
    if (!isDeepStrictEqual(module[name]?.(...given), value)) failures.push(`not met: ${criterion}`);
  }
  for (const { file, text, criterion } of contentsOf(ticket.criteria)) {
    if (!readFileSync(file, "utf8").includes(text)) failures.push(`not met: ${criterion}`);
  }
  return failures;
}
