import { defineCommand } from "../../command.js";
import type { Context } from "../../context.js";
import { findingLines } from "../../render/findings.js";

export default defineCommand({
  examples: ["wiggum ticket doctor", "wiggum ticket doctor --json"],
  details: [
    "Only reads. Exit 1 when it finds an error, 0 when there are at most warnings. 'wiggum doctor' looks at the whole project.",
  ],
  parameters: {},
  async run(context: Context) {
    const { tickets } = await context.reading();
    const { findings } = await tickets.doctor();
    if (findings.length === 0) context.messages.ok("Nothing wrong found");
    return {
      data: { findings },
      text: findings.map((finding) => findingLines(finding)).join(""),
      exitCode: findings.some(({ severity }) => severity === "error") ? 1 : 0,
    };
  },
});
