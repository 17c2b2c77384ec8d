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
  /** The runner's name, for the same. */
  "WIGGUM_SESSION_RUNNER",
  "WIGGUM_INBOX",
] as const;

/**
 * Variables that describe a terminal. A runner that gives its agents one of their own sets those of them that belong to it, whatever the
 * order says of them; no other runner touches them.
 */
export const terminalVariables = [
  "TERM",
  "TERM_PROGRAM",
  "TERM_PROGRAM_VERSION",
  "TMUX",
  "TMUX_PANE",
] as const;

/**
 * Arguments (without the program) as the agent gets them: `{prompt_file}` and `{prompt_line}` replaced in one pass, so that what they
 * stand for is never expanded again; the prompt line is added at the end where no argument names a placeholder and the order has no standard input.
 */
export function agentArguments(
  order: Pick<AgentOrder, "command" | "promptFile" | "promptLine" | "standardInput">,
): readonly string[] {
  const given = order.command.slice(1);
  const isNamed = given.some((argument) => argument.search(placeholder) >= 0);
  if (!isNamed && order.standardInput === undefined) return [...given, order.promptLine];
  return given.map((argument) => withPrompt(argument, order));
}

/** What the agent reads from its standard input; absent = nothing. */
export function agentInput(
  order: Pick<AgentOrder, "standardInput" | "promptFile" | "promptLine">,
): string | undefined {
  return order.standardInput === undefined ? undefined : withPrompt(order.standardInput, order);
}

const placeholder = /\{prompt_(file|line)\}/g;

function withPrompt(text: string, order: Pick<AgentOrder, "promptFile" | "promptLine">): string {
  return text.replace(placeholder, (_, what) => (what === "file" ? order.promptFile : order.promptLine));
}
