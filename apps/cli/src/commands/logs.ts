import { requireAgent } from "../agents.js";
import { defineCommand } from "../command.js";
import { usageError } from "../command-error.js";
import type { Context } from "../context.js";
import { followSessions } from "../follow-sessions.js";
import { agentArgument, numberFlag, switchFlag } from "../parameters.js";
import { printable } from "../printable.js";

interface Flags {
  readonly tail?: number;
  readonly follow?: boolean;
}

export default defineCommand({
  examples: ["wiggum logs worker-0", "wiggum logs worker-0 --tail 200", "wiggum logs worker-0 --follow"],
  details: [
    "Shows the last lines that the agent printed, also after its end. --follow ends with the agent; while 'wiggum run' works it waits for the agent to be started again, and goes on with that, until Ctrl-C or until the agent is killed. On a terminal control characters are shown escaped; into a pipe or a file every byte goes as it came.",
  ],
  parameters: {
    flags: {
      tail: numberFlag("tail", "How many lines (default: 50)", 0, 1_000_000),
      follow: switchFlag("Then show what it prints from now on, until Ctrl-C"),
    },
    aliases: { f: "follow" },
    positional: { kind: "tuple", parameters: [agentArgument] },
  },
  async run(context: Context, flags: Flags, typed: string) {
    if (flags.follow === true && context.options.json)
      throw usageError("--follow and --json exclude each other");
    const project = await context.project();
    const agent = await requireAgent(project, typed);
    const { agentId } = agent.facts;
    const lastLines = flags.tail ?? 50;
    const read = () => project.logs(agentId, lastLines);
    if (flags.follow !== true) {
      const output = await read();
      return { data: { agentId, output }, text: shown(context, wholeLines(output)) };
    }
    const parts = followSessions(project, agent, lastLines, {
      signal: context.host.interruption(),
      say: (text) => context.messages.info(text),
    });
    for await (const part of parts) context.write(shown(context, part));
    return { data: null };
  },
});

function wholeLines(output: string): string {
  return output === "" || output.endsWith("\n") ? output : `${output}\n`;
}

function shown(context: Context, text: string): string {
  return context.host.stdout.isTerminal ? printable(text.replaceAll("\r\n", "\n"), "lines") : text;
}
