import type { Project } from "@wiggum/control-plane";
import { requireKnown } from "../../agents.js";
import { defineCommand } from "../../command.js";
import type { Context } from "../../context.js";
import { agentArgument, numberFlag, oneLine, textArgument, wordsWithText } from "../../parameters.js";
import { optionalText } from "../../read-text.js";

interface Flags {
  readonly timeout?: number;
}

const usualSeconds = 60;

export default defineCommand({
  examples: ["wiggum tool run failing-tests worker-0", 'wiggum tool run ask tk-5c46 "Is it clear enough?"'],
  details: [
    "Starts .wiggum/tools/<tool> with two arguments, the target and your prompt, without a shell, and prints what it prints. It may call $WIGGUM_BIN: 'logs', 'ticket show' and '--ephemeral' are what it is made for. It ends after its time, with what it started.",
    "Exit 2 when there is no such tool, 1 when it fails.",
  ],
  ...wordsWithText(
    [
      { placeholder: "tool", brief: "Name of the tool" },
      { placeholder: "target", brief: "What it looks at: an agent (worker-0) or a ticket (tk-5c46)" },
    ],
    textArgument("prompt", "Question or words for it; - reads standard input"),
    0,
    { timeout: numberFlag("timeout", `Seconds that it may take (default: ${usualSeconds})`, 1, 3_600) },
  ),
  async run(context: Context, flags: Flags, ...inputs: readonly string[]) {
    const [name = "", typed = "", ...words] = inputs;
    oneLine("<tool>")(name);
    const prompt = (await optionalText(context, words)) ?? "";
    const project = await context.project();
    const target = await targetNamed(project, typed);
    const text = await project.tools.run({
      name,
      ...target,
      prompt,
      timeoutMs: (flags.timeout ?? usualSeconds) * 1_000,
      onRemarks: (remarks) => {
        for (const line of remarks.split("\n")) context.messages.info(line);
      },
    });
    return { data: { tool: name, ...target, text }, text };
  },
});

/** Tickets have ids that no agent can have. */
async function targetNamed(
  project: Project,
  typed: string,
): Promise<{ readonly target: string; readonly ticketId?: string; readonly worktree?: string }> {
  if (typed.startsWith("tk-")) {
    const id = await project.tickets.resolve(typed, "read");
    return { target: id, ticketId: id };
  }
  const { facts, ticketId } = await requireKnown(project, agentArgument.parse(typed));
  return {
    target: facts.agentId,
    ...(ticketId === undefined ? {} : { ticketId }),
    ...(facts.worktree === undefined ? {} : { worktree: facts.worktree }),
  };
}
