import { printable } from "@wiggum/runner-process/sessions";
import { type AgentHandle, type AgentRunner, reachesSessionsOf, WorkflowError } from "@wiggum/workflow";
import { tmuxFailed } from "./failures.js";

/**
 * A runner that starts agents by `first` and goes on with those of the `others`: a project whose agents were started as plain child processes
 * until tmux was installed, or in panes until it was not there any more. Each handle goes to the runner that it names.
 */
export function joinRunners<First extends AgentRunner>(first: First, others: readonly AgentRunner[]): First {
  const all: readonly AgentRunner[] = [first, ...others];
  const of = (handle: AgentHandle): AgentRunner => {
    const found = all.find((runner) => reachesSessionsOf(runner, handle.runner));
    if (found !== undefined) return found;
    const names = all.map((runner) => runner.name).join(", ");
    throw tmuxFailed(`This handle names the runner ${JSON.stringify(handle.runner)}; here are: ${names}`);
  };
  const has = (method: "attach" | "answer" | "cost" | "tokens" | "keys" | "follow" | "glance") =>
    all.some((runner) => runner[method] !== undefined);
  const absent = (handle: AgentHandle, method: string) =>
    new WorkflowError(
      "RUNNER_UNSUPPORTED",
      `The runner "${handle.runner}" of ${printable(handle.agentId)} has no '${method}'`,
      { runner: handle.runner, method },
      { hint: "Start the agent anew to have it in the runner that is used now." },
    );
  const joined: AgentRunner = {
    ...first,
    goesOnWith: others.flatMap((runner) => [runner.name, ...(runner.goesOnWith ?? [])]),
    discover: async (scope) => (await Promise.all(all.map((runner) => runner.discover(scope)))).flat(),
    observe: async (handle) => of(handle).observe(handle),
    send: async (handle, message) => of(handle).send(handle, message),
    output: async (handle, lastLines) => of(handle).output(handle, lastLines),
    interrupt: async (handle) => of(handle).interrupt(handle),
    stop: async (handle) => of(handle).stop(handle),
    ...(has("attach") && {
      attach: async (handle) => {
        const runner = of(handle);
        if (runner.attach === undefined) throw absent(handle, "attach");
        return runner.attach(handle);
      },
    }),
    ...(has("answer") && {
      answer: async (handle, requestId, reply) => {
        const runner = of(handle);
        if (runner.answer === undefined) throw absent(handle, "answer");
        return runner.answer(handle, requestId, reply);
      },
    }),
    ...(has("keys") && {
      keys: async (handle, keys) => {
        const runner = of(handle);
        if (runner.keys === undefined) throw absent(handle, "keys");
        return runner.keys(handle, keys);
      },
    }),
    // Not to know it is an answer, too.
    ...(has("cost") && { cost: async (handle) => of(handle).cost?.(handle) }),
    ...(has("glance") && { glance: async (handle) => of(handle).glance?.(handle) }),
    ...(has("tokens") && { tokens: async (handle) => of(handle).tokens?.(handle) }),
    ...(has("follow") && {
      follow: (handle, signal) => {
        const runner = of(handle);
        if (runner.follow === undefined) throw absent(handle, "follow");
        return runner.follow(handle, signal);
      },
    }),
  };
  return joined as First;
}
