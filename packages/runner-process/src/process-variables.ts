import { drainVariable } from "@wiggum/workflow";

/** Variable that names the session of a process. */
export const tokenVariable = "WIGGUM_SESSION_TOKEN";

/** Variables that, with the token, say what the record of the session said. */
export const recordVariables = {
  runner: "WIGGUM_SESSION_RUNNER",
  agentId: "WIGGUM_AGENT_ID",
  generation: "WIGGUM_GENERATION",
  stateDirectory: "WIGGUM_SESSION_DIRECTORY",
  inboxFile: "WIGGUM_INBOX",
} as const;

/** A session as the environment of its processes tells of it. */
export type ToldSession = Readonly<Record<keyof typeof recordVariables, string>>;

/** Absent where one of the variables is. */
export function toldSession(
  read: (variable: string) => string | undefined,
): { readonly told: ToldSession } | Record<never, never> {
  const values = Object.entries(recordVariables).map(([key, variable]) => [key, read(variable)] as const);
  if (values.some(([, value]) => value === undefined)) return {};
  return { told: Object.fromEntries(values) as unknown as ToldSession };
}

/** Variables of which post-hooks and what runs them have one. A hook that runs before a transition has the token of its agent, too. */
export const hookVariables: readonly string[] = [drainVariable, "WIGGUM_HOOK_RUN"];
