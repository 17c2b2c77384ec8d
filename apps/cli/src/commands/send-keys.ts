import { requireAgent } from "../agents.js";
import { defineCommand } from "../command.js";
import { CommandError } from "../command-error.js";
import type { Context } from "../context.js";
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
    const { facts, handle } = await requireAgent(project, typed);
    const { agentId } = facts;
    const { runner } = project;
    if (handle === undefined || runner.keys === undefined) {
      throw new CommandError("RUNNER_UNSUPPORTED", `${agentId} has no pane that keys could be sent to`, {
        hint: `Send it a message: wiggum ping ${agentId} <message>`,
        data: { runner: runner.name, method: "keys" },
      });
    }
    await runner.keys(handle, keys);
    context.messages.ok(`Sent keys to ${agentId}`);
    return { data: { agentId, keys } };
  },
});
