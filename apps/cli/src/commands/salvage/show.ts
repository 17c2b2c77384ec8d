import { defineCommand } from "../../command.js";
import type { Context } from "../../context.js";
import { textArgument } from "../../parameters.js";
import { printable } from "../../printable.js";

export default defineCommand({
  examples: ["wiggum salvage show worker-0/01JD2Q"],
  details: [
    "Says where the work comes from and prints its difference. A unique beginning or end of the name is enough.",
  ],
  parameters: {
    positional: { kind: "tuple", parameters: [textArgument("name", "Name, from 'wiggum salvage list'")] },
  },
  async run(context: Context, _flags: object, name: string) {
    const project = await context.project();
    const content = await project.salvage.show(name);
    const text = content === "" || content.endsWith("\n") ? content : `${content}\n`;
    return {
      data: { name, content },
      text: context.host.stdout.isTerminal ? printable(text, "lines") : text,
    };
  },
});
