import { type AgentRunner, WorkflowError } from "@wiggum/workflow";

/** Stands where a program opened a project without naming a runner: tickets, hooks and branches work, agents cannot be started. */
export function absentRunner(): AgentRunner {
  const refuse = (method: string) => async (): Promise<never> => {
    throw new WorkflowError(
      "RUNNER_UNSUPPORTED",
      "This project was opened without a runner, so agents can be neither started nor reached",
      { runner: "none", method },
      {
        hint: "Hand a runner to openProject(), for example createProcessRunner() of @wiggum/runner-process.",
      },
    );
  };
  return {
    contract: 1,
    name: "none",
    supports: {
      attach: false,
      resume: false,
      structuredState: false,
      ask: false,
      cost: false,
      permissions: false,
    },
    start: refuse("start"),
    discover: async () => [],
    observe: refuse("observe"),
    send: refuse("send"),
    output: refuse("output"),
    interrupt: refuse("interrupt"),
    stop: refuse("stop"),
  };
}
