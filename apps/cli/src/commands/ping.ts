import { worktreePaths } from "@wiggum/control-plane";
import { requireRegistered } from "../agents.js";
import { defineCommand } from "../command.js";
import { CommandError, usageError } from "../command-error.js";
import type { Context } from "../context.js";
import { endedHint, hasEnded } from "../pane-agents.js";
import { agentArgument, switchFlag, textArgument, wordsWithText } from "../parameters.js";
import { readText } from "../read-text.js";

interface Flags {
  readonly drop?: boolean;
}

export default defineCommand({
  examples: [
    'wiggum ping worker-0 "The tests on main are fixed: rebase"',
    "wiggum ping worker-0 - < note.txt",
    "wiggum ping worker-0 --drop",
  ],
  details: [
    "[ok] is said when the message was typed into the agent's pane. Where nothing is known of how to type to its program, or it has no pane, the message waits in the agent's inbox (.wiggum/inbox.jsonl of its worktree), which its prompt tells it to read: that is a warning, and exit 0.",
    "So is a message that cannot be typed now, because the agent works or asks, or somebody has begun to write: it is kept, 'wiggum status -v' and 'wiggum inbox' show it, and the next command, or 'wiggum run', types it as soon as the prompt is free. It is forgotten when the agent gives its ticket up. --drop forgets everything that is kept for the agent.",
  ],
  ...wordsWithText([agentArgument], textArgument("message", "What to say; - reads standard input"), 0, {
    drop: switchFlag("Forget the messages that wait for it, instead of sending one"),
  }),
  async run(context: Context, flags: Flags, ...inputs: readonly string[]) {
    const [typed = "", ...words] = inputs;
    const text = flags.drop === true ? "" : await readText(context, words, "message");
    if (flags.drop === true && words.length > 0) throw usageError("--drop takes no message");
    const project = await context.project();
    const agent = await requireRegistered(project, typed);
    if (flags.drop === true) return await drop(context, agent.facts.agentId);
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
      case "pending":
        context.messages.warn(
          `${agentId} was not reached yet: ${delivery.reason}. The message is kept: the next command, or 'wiggum run', tries again`,
        );
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

async function drop(context: Context, agentId: string) {
  const dropped = await (await context.project()).messages.drop(agentId);
  const what = dropped === 1 ? "1 message" : `${dropped} messages`;
  if (dropped === 0) context.messages.info(`Nothing waits for ${agentId}`);
  else context.messages.ok(`Dropped ${what} for ${agentId}`);
  return { data: { agentId, dropped } };
}
