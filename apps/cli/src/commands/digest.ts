import { requireSession } from "../agents.js";
import { defineCommand } from "../command.js";
import type { Context } from "../context.js";
import { askProgram } from "../insight/ask-program.js";
import { digestQuestion, digestText } from "../insight/digest-text.js";
import { textArgument, wordsWithText } from "../parameters.js";
import { printable } from "../printable.js";
import { collectStatus } from "../project-status.js";
import { optionalText } from "../read-text.js";

/** Enough for a last word between empty lines. */
const lastLines = 10;

export default defineCommand({
  examples: ["wiggum digest", 'wiggum digest "what should I look at first?"'],
  details: [
    "Puts your question about all agents and tickets to the agent program and prints the answer. Where none comes within a minute, what was collected is printed as it is, exit 0. Exit 3 when no agent was ever started here.",
  ],
  ...wordsWithText([], textArgument("prompt", "Your question; - reads standard input"), 0, {}),
  async run(context: Context, _flags: object, ...words: readonly string[]) {
    const question = (await optionalText(context, words)) ?? "";
    const project = await context.reading();
    await requireSession(project);
    const { asOf, ...status } = await collectStatus(project);
    const agents = await project.agents();
    const spoken = agents.filter(({ handle }) => handle !== undefined);
    const last = await Promise.all(
      spoken.map(async ({ facts: { agentId } }) => {
        const output = await project.logs(agentId, lastLines);
        const line = output.split("\n").findLast((one) => one.trim() !== "") ?? "";
        return [agentId, line.trim()] as const;
      }),
    );
    const collected = digestText(status, new Map(last));
    const insight = await askProgram(context, project, digestQuestion(collected, question));
    const text = insight.answer ?? collected;
    return { data: { ...insight, text, status }, text: `${printable(text, "lines")}\n`, asOf };
  },
});
