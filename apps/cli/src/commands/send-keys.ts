import { requireRegistered } from "../agents.js";
import { defineCommand } from "../command.js";
import type { Context } from "../context.js";
import { inPaneOf } from "../pane-agents.js";
import { agentArgument, textArgument, wordsWithText } from "../parameters.js";

export default defineCommand({
  examples: ["wiggum send-keys worker-0 C-c", 'wiggum send-keys worker-0 "yes, go on" Enter'],
  details: [
    "Presses keys in the agent's pane, whatever it does at the moment. A word that tmux knows as a key (Enter, Escape, C-c, Up) is that key, any other is typed as it stands; no Enter is added. 'wiggum ping' is for messages.",
    "Exit 1 when the agent runs without a pane or has ended.",
  ],
  ...wordsWithText([agentArgument], textArgument("keys", "Keys, or text"), 1, {}),
  async run(context: Context, _flags: object, ...inputs: readonly string[]) {
    const [typed = "", ...keys] = inputs;
    const project = await context.project();
    const agent = await requireRegistered(project, typed);
    const { agentId } = agent.facts;
    await inPaneOf(project, agent, "keys", (handle) => project.runner.keys?.(handle, keys).then(() => true));
    context.messages.ok(`Sent keys to ${agentId}`);
    return { data: { agentId, keys } };
  },
});
