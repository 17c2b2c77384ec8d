import { defineCommand } from "./command.js";
import type { Context } from "./context.js";
import { nextStep } from "./next-step.js";
import { printable } from "./printable.js";
import { collectStatus, statusText } from "./project-status.js";

/** `wiggum` alone: how things stand, and what to type next. */
export default defineCommand({
  examples: ["wiggum"],
  parameters: {},
  async run(context: Context) {
    const project = await context.reading();
    const { asOf, trouble, ...status } = await collectStatus(project);
    if (trouble !== undefined) context.messages.warn(trouble);
    const next = nextStep({ status, caller: project.caller.agent });
    const lines = ["", "NEXT:", `  ${printable(next.command)}`, `    ${printable(next.why)}`];
    context.messages.info("'wiggum --help' shows every command");
    return { data: { ...status, next }, text: `${statusText(status, false)}${lines.join("\n")}\n`, asOf };
  },
});
