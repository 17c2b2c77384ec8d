import { defineCommand } from "../command.js";
import { projectCandidates } from "../completion/project-candidates.js";
import { propose } from "../completion/propose.js";
import type { Context } from "../context.js";
import { textArgument, wordsWithText } from "../parameters.js";
import { printable } from "../printable.js";
import { topics } from "../topics.js";

export default defineCommand({
  examples: ["wiggum complete -- ticket show tk-5"],
  details: [
    "For the scripts of 'wiggum completion'. The words are those behind 'wiggum' up to the cursor, the last one possibly empty. A line for each proposal: the value, a tab, what it is. ':files' and ':folders' ask the shell for its own.",
  ],
  ...wordsWithText([], textArgument("words", "Words of a command line"), 0, {}),
  async run(context: Context, _flags: object, ...words: readonly string[]) {
    const found = await propose(
      context.commands,
      words,
      projectCandidates(() => context.project()),
      topics,
    );
    const lines = found.proposals
      // A value that a shell would have to show escaped is no value any more.
      .filter(({ value }) => printable(value) === value)
      .map(({ value, brief = "" }) => `${value}\t${printable(brief)}\n`);
    if (found.also !== undefined) lines.push(`:${found.also}\n`);
    return { data: found, text: lines.join("") };
  },
});
