import { printable, runnerFailed } from "@wiggum/runner-process/sessions";
import { WorkflowError } from "@wiggum/workflow";

export const runnerName = "opencode";

/** What this runner cannot do is `RUNNER_FAILED`: it says nothing about the agent. */
export function openCodeFailed(
  message: string,
  extra: { readonly hint?: string; readonly cause?: unknown } = {},
) {
  return runnerFailed(runnerName, message, extra);
}

export function unsupported(method: string, hint: string): WorkflowError<"RUNNER_UNSUPPORTED"> {
  return new WorkflowError(
    "RUNNER_UNSUPPORTED",
    `The runner "${runnerName}" has no '${method}' for this agent`,
    { runner: runnerName, method },
    { hint },
  );
}

export function unknownWord(word: string, known: readonly string[]) {
  return openCodeFailed(`"${printable(word)}" means nothing to a session on an OpenCode server`, {
    hint: `Of OpenCode's own words these are understood: ${known.join(", ")}. The configuration of OpenCode has the rest.`,
  });
}

export function serverEndedAtStart(output: string) {
  const said = output.trim() === "" ? "it printed nothing" : `it printed:\n${printableLines(output)}`;
  return openCodeFailed(`The OpenCode server ended before it listened; ${said}`, {
    hint: "Try 'opencode serve' by hand in the project, with the same environment.",
  });
}

export function serverNotReady(waitedMs: number, folder: string) {
  return openCodeFailed(`The OpenCode server does not listen after ${waitedMs} ms`, {
    hint: `The machine may be overloaded; ${printable(folder)}/output.log is what it printed so far.`,
  });
}

export function serverUnreachable(url: string, cause: unknown) {
  return openCodeFailed(`No OpenCode server answers at ${printable(url)}`, {
    hint: "Start it, or leave the address out, so that one of the project's own is started.",
    cause,
  });
}

export function wrongPassword(url: string) {
  return openCodeFailed(`The OpenCode server at ${printable(url)} refuses the password`, {
    hint: "Another server has taken that address, or its password was changed: give the right one with the address.",
  });
}

export function sessionRefused(reason: string) {
  return openCodeFailed(`The OpenCode server makes no session: ${printable(reason)}`, {
    hint: "Its configuration may be wrong: try 'opencode' by hand in the project, with the same environment.",
  });
}

export function notAttendedYet(agentId: string) {
  return openCodeFailed(`${printable(agentId)} has no session on its OpenCode server yet`, {
    hint: "It is still starting, or could not: 'wiggum logs' shows what it says.",
  });
}

export function refusedByServer(what: string, reason: string, cause?: unknown) {
  return openCodeFailed(`The OpenCode server did not ${what}: ${printable(reason)}`, {
    hint: "Look at the agent again: it may have gone on by itself.",
    ...(cause === undefined ? {} : { cause }),
  });
}

/** As `printable`, but line ends stay. */
export function printableLines(text: string): string {
  return text.split("\n").map(printable).join("\n");
}
