import { defineCommand } from "../command.js";
import { usageError } from "../command-error.js";
import type { Context } from "../context.js";
import { askUntilInterrupted } from "../insight/ask-until-interrupted.js";
import { dataBlock, dataNotice } from "../insight/data-block.js";
import { switchFlag, textArgument, wordsWithText } from "../parameters.js";
import { printable } from "../printable.js";
import { optionalText } from "../read-text.js";

interface Flags {
  readonly prompt?: boolean;
}

/** With the question it stays below what one argument of a program may hold. */
const mostInputBytes = 80_000;

export default defineCommand({
  examples: [
    'wiggum --ephemeral "Which is older, git or tmux?"',
    'git log -5 | wiggum --ephemeral --prompt "What changed, in one sentence?"',
    "wiggum --ephemeral --prompt < note.txt",
  ],
  details: [
    "Starts the agent program for one question, without a pane, a worktree or tools, and prints its answer: what programs of your own in .wiggum/tools can be made of. With --prompt standard input belongs to it, too: as data below your question, or as the question where you type none.",
    "Exit 1 when no answer comes within a minute.",
  ],
  ...wordsWithText([], textArgument("prompt", "The question; - reads standard input"), 0, {
    prompt: switchFlag("Read standard input, too"),
  }),
  async run(context: Context, flags: Flags, ...words: readonly string[]) {
    const typed = (await optionalText(context, words)) ?? "";
    const isRead = flags.prompt === true && words[0] !== "-";
    const given = isRead ? await context.host.readStdin() : "";
    const prompt = [typed, typed === "" ? given : marked(given)]
      .map((part) => part.replaceAll("\0", "").trim())
      .filter((part) => part !== "")
      .join("\n\n");
    if (prompt === "") throw usageError("Missing argument: <prompt>");
    const project = await context.project();
    const answer = await askUntilInterrupted(context, project, prompt);
    return { data: { answer }, text: `${printable(answer, "lines")}\n` };
  },
});

function marked(text: string): string {
  const block = dataBlock(text, { mostBytes: mostInputBytes, keep: "end" });
  return block === "" ? "" : `${dataNotice}\n\n${block}`;
}
