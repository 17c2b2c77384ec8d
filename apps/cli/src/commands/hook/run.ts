import type { HookResult } from "@wiggum/workflow";
import { defineCommand } from "../../command.js";
import { CommandError } from "../../command-error.js";
import type { Context, Outcome } from "../../context.js";
import { oneLine, ticketArgument } from "../../parameters.js";
import { printable } from "../../printable.js";

export default defineCommand({
  examples: ["wiggum hook run on-claim tk-5c46"],
  details: [
    "The project's hook when it is executable, else the one that Wiggum ships. Exits with the hook's exit code; a hook that does not exist is no failure.",
  ],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [
        { placeholder: "hook", brief: "Name of the hook", parse: oneLine("<hook>") },
        { ...ticketArgument, placeholder: "ticket" },
      ],
    },
  },
  async run(context: Context, _flags: object, hook: string, typedId: string) {
    const project = await context.project();
    const id = await project.tickets.resolve(typedId, "write");
    return answer(context, hook, await project.hooks.run(hook, id));
  },
});

function answer(context: Context, hook: string, result: HookResult): Outcome {
  switch (result.status) {
    case "absent":
      context.messages.info(`No active hook of this name: ${hook}`);
      return { data: result };
    case "passed":
      return { data: result, text: shown(context, result.output) };
    case "later":
      context.messages.warn(`Hook ${hook} asks to be run later (exit 12)`);
      return { data: result, text: shown(context, result.output), exitCode: 12 };
    case "failed":
      context.messages.error(`Hook failed: ${hook} (exit ${result.exitCode})`, [
        `next: Put right what it prints, then: wiggum hook run ${hook} <ticket>`,
      ]);
      return { data: result, text: shown(context, result.output), exitCode: result.exitCode };
    case "timed-out":
      context.write(context.options.json ? "" : shown(context, result.output));
      throw new CommandError("HOOK_FAILED", `Hook ${hook} was stopped after ${result.afterMs} ms`, {
        hint: "Give it more time in the ticket types (timeoutMs), or make it faster.",
        data: { ...result },
      });
    case "broken":
      throw new CommandError("HOOK_FAILED", `Hook ${hook} could not be started: ${result.reason}`, {
        hint: "Check its first line (#!) and that it is executable.",
        data: { ...result },
      });
  }
}

function shown(context: Context, output: string): string {
  const text = output === "" || output.endsWith("\n") ? output : `${output}\n`;
  return context.host.stdout.isTerminal ? printable(text, "lines") : text;
}
