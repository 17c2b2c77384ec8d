import { defineCommand } from "../../command.js";
import type { Context } from "../../context.js";
import { textArgument } from "../../parameters.js";

export default defineCommand({
  examples: ["wiggum salvage drop worker-0/01JD2QK8T3V5X7Z9B1D3F5H7K9"],
  details: ["The full name is asked for: what is dropped is gone."],
  parameters: {
    positional: { kind: "tuple", parameters: [textArgument("name", "Name, from 'wiggum salvage list'")] },
  },
  async run(context: Context, _flags: object, name: string) {
    const project = await context.project();
    await project.salvage.drop(name);
    context.messages.ok(`Dropped ${name}`);
    return { data: { name } };
  },
});
