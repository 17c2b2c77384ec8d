import type { AgentRunnerSupports } from "@wiggum/workflow";
import { z } from "zod";
import { commandSchema, filledText, type ParsedYaml, parseStrictYaml, strictGroup } from "./strict-yaml.js";

const abilities = [
  "attach",
  "resume",
  "structuredState",
  "ask",
  "cost",
  "permissions",
] as const satisfies readonly (keyof AgentRunnerSupports)[];

/** Front matter of `prompts/<role>.md`. Unknown keys are refused. */
const roleFrontmatterSchema = strictGroup(
  {
    /** One line for people. */
    description: z.string("must be a text").optional(),
    /** Program and arguments of this role's agents, instead of `WIGGUM_AGENT_CMD`. */
    command: commandSchema.optional(),
    /** Agent profile of this role's agents; default: the one that names their program. */
    profile: filledText("must be the name of an agent profile").optional(),
    /** What a runner must be able to do to run this role. */
    needs: z
      .array(z.enum(abilities, `must be one of ${abilities.join(", ")}`), "must be a list of abilities")
      .default([]),
  },
  "keys of a role",
);

/** `text` is what stands between the two `---` lines; the first of them is line 1 of the file. */
export function parseRoleFrontmatter(text: string): ParsedYaml<z.output<typeof roleFrontmatterSchema>> {
  return parseStrictYaml(text, roleFrontmatterSchema, "front matter", 1);
}
