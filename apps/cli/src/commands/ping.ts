import { worktreePaths } from "@wiggum/control-plane";
import { requireRegistered } from "../agents.js";
import { defineCommand } from "../command.js";
import { CommandError } from "../command-error.js";
import type { Context } from "../context.js";
import { endedHint, hasEnded } from "../pane-agents.js";
import { agentArgument, textArgument, wordsWithText } from "../parameters.js";
import { readText } from "../read-text.js";

export default defineCommand({
  examples: [
    'wiggum ping worker-0 "The tests on main are fixed: rebase"',
    "wiggum ping worker-0 - < note.txt",
  ],
  details: [
    "[ok] is said when the message was typed into the agent's pane. Where nothing is known of how to type to its program, or it has no pane, the message waits in the agent's inbox (.wiggum/inbox.jsonl of its worktree), which its prompt tells it to read: that is a warning, and exit 0.",
  ],
  ...wordsWithText([agentArgument], textArgument("message", "What to say; - reads standard input"), 1, {}),
  async run(context: Context, _flags: object, ...inputs: readonly string[]) {
    const [typed = "", ...words] = inputs;
    const text = await readText(context, words, "message");
    const project = await context.project();
    const agent = await requireRegistered(project, typed);
    const { handle } = agent;
    const { agentId, worktree } = agent.facts;
    const delivery = await project.ping(agentId, text);
    switch (delivery.status) {
      case "delivered":
        context.messages.ok(`Pinged ${agentId}`);
        return { data: delivery };
      case "queued":
        if (worktree !== undefined && delivery.where === worktreePaths(worktree).inboxFile) {
          const types = `; 'wiggum send-keys ${agentId} <text> Enter' types`;
          context.messages.warn(
            `Pinged ${agentId}, which was not called: the message waits in its inbox (${delivery.where})${handle?.runner === "tmux" ? types : ""}`,
          );
        } else context.messages.ok(`Pinged ${agentId} (queued: ${delivery.where})`);
        return { data: delivery };
      case "refused":
        throw new CommandError("DELIVERY_REFUSED", `${agentId} was not reached: ${delivery.reason}`, {
          hint: hasEnded(agent) ? endedHint(agent) : `See what it does: wiggum logs ${agentId}`,
          data: { ...delivery },
        });
      case "unknown":
        throw new CommandError(
          "DELIVERY_UNKNOWN",
          `It is not known whether ${agentId} got it: ${delivery.detail}`,
          {
            hint: `Look before you send it again: wiggum logs ${agentId}`,
            data: { ...delivery },
          },
        );
    }
  },
});
