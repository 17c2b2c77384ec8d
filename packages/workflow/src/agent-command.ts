import type { AgentOrder } from "./runner.js";

/**
 * Variables that name the session a process belongs to; a runner sets them in its agents' environment. Whatever must not count as part
 * of the agent that happened to start it (a post-hook) is started without all of them.
 */
export const sessionVariables = [
  "WIGGUM_AGENT_ID",
  "WIGGUM_GENERATION",
  "WIGGUM_SESSION_TOKEN",
  /** The state directory: where the processes of a session whose records were deleted still say that they belong. */
  "WIGGUM_SESSION_DIRECTORY",
  "WIGGUM_INBOX",
] as const;

/**
 * Arguments (without the program) as the agent gets them: `{prompt_file}` and `{prompt_line}` replaced in one pass, so that what they
 * stand for is never expanded again; the prompt line is added at the end where no argument names a placeholder.
 */
export function agentArguments(
  order: Pick<AgentOrder, "command" | "promptFile" | "promptLine">,
): readonly string[] {
  const given = order.command.slice(1);
  const placeholder = /\{prompt_(file|line)\}/g;
  if (!given.some((argument) => argument.search(placeholder) >= 0)) return [...given, order.promptLine];
  return given.map((argument) =>
    argument.replace(placeholder, (_, what) => (what === "file" ? order.promptFile : order.promptLine)),
  );
}
