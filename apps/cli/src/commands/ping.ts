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
    "'Pinged' is said when the message was delivered, 'queued' when it waits where the agent will find it.",
  ],
  ...wordsWithText([agentArgument], textArgument("message", "What to say; - reads standard input"), 1, {}),
  async run(context: Context, _flags: object, ...inputs: readonly string[]) {
    const [typed = "", ...words] = inputs;
    const text = await readText(context, words, "message");
    const project = await context.project();
    const agent = await requireRegistered(project, typed);
    const { agentId } = agent.facts;
    const delivery = await project.ping(agentId, text);
    switch (delivery.status) {
      case "delivered":
        context.messages.ok(`Pinged ${agentId}`);
        return { data: delivery };
      case "queued":
        context.messages.ok(`Pinged ${agentId} (queued: ${delivery.where})`);
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
