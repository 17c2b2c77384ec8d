import { type AgentHandle, WorkflowError } from "@wiggum/workflow";

/** Something that a runner needs did not work. */
export function runnerFailed(
  runner: string,
  message: string,
  extra: { hint?: string; cause?: unknown } = {},
): WorkflowError<"RUNNER_FAILED"> {
  return new WorkflowError("RUNNER_FAILED", message, { runner }, extra);
}

export function staleHandle(
  { agentId, generation }: Pick<AgentHandle, "agentId" | "generation">,
  current: number,
): WorkflowError<"STALE_HANDLE"> {
  return new WorkflowError(
    "STALE_HANDLE",
    `Generation ${generation} of ${printable(agentId)} was replaced by generation ${current}`,
    { agentId, generation, current },
    { hint: "Read the agent again and use its newest session." },
  );
}

/** Text for a message: control characters are shown escaped, so that data cannot steer a terminal. */
export function printable(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** The error code of a failed system call (`ENOENT`); absent for any other failure. */
export function systemCode(error: unknown): string | undefined {
  // By its member: some test runners give code an `Error` of its own, which those of the system are no instances of.
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === "string" ? code : undefined;
}

/** A failed start in a few words. */
export function describeFailure(error: unknown): string {
  if (systemCode(error) === "E2BIG") return "its arguments and environment together are too long";
  return printable(error instanceof Error ? error.message : String(error));
}
