import { defineCommand } from "../command.js";
import type { Context } from "../context.js";
import { unattendedWork } from "../next-step.js";
import { printable } from "../printable.js";
import { collectStatus } from "../project-status.js";
import { duration } from "../render/duration.js";
import { type Waiting, waitingText } from "../waiting.js";

export default defineCommand({
  examples: ["wiggum inbox", "wiggum inbox --json"],
  details: [
    "All that goes on only when you do something, the most pressing first, each with what to type: questions of tickets and agents, agents that stopped, messages that have not arrived, hooks that failed, agents that could not be started, done work that is to be merged, work that was salvaged.",
    "Exit 0 whether or not something waits.",
  ],
  parameters: {},
  async run(context: Context) {
    const project = await context.reading();
    const status = await collectStatus(project);
    const { waiting, asOf, trouble } = status;
    if (trouble !== undefined) context.messages.warn(trouble);
    const nowMs = project.clock.now().getTime();
    const unattended = unattendedWork(status);
    const texts = waiting.map((item) => itemText(item, nowMs));
    if (unattended !== undefined) texts.push(`${unattended.why}\n  ${unattended.command}\n`);
    return { data: waiting, text: texts.length === 0 ? "Nothing waits for you.\n" : texts.join("\n"), asOf };
  },
});

/** So much of a message tells it from others. */
const shownCharacters = 200;

function beginningOf(text: string): string {
  const characters = [...text.trim().replace(/\s+/gu, " ")];
  const isWhole = characters.length <= shownCharacters;
  return isWhole ? characters.join("") : `${characters.slice(0, shownCharacters).join("")}…`;
}

function itemText(item: Waiting, nowMs: number): string {
  const { since, commands, text } = item;
  const age = since === null ? "" : ` (since ${duration(nowMs - Date.parse(since))})`;
  const said = text === undefined ? [] : [`  > ${beginningOf(text)}`];
  const lines = [`${waitingText(item)}${age}`, ...said, ...commands.map((command) => `  ${command}`)];
  return lines.map((line) => `${printable(line)}\n`).join("");
}
