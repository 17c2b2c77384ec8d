import type { ChosenRunner, RunnerPlace } from "@wiggum/control-plane";
import { createProcessRunner } from "@wiggum/runner-process";
import { joinRunners } from "@wiggum/runner-tmux";
import { type AgentRunner, isWorkflowError } from "@wiggum/workflow";
import type { Host, OpenOptions } from "./context.js";
import { lateOpenCode } from "./late-open-code.js";
import { latePanes } from "./late-panes.js";

/**
 * Where this call starts agents: in panes of tmux, as child processes, or as sessions of an OpenCode server. Agents of the other kinds are seen, reached and ended all the same.
 * What is started from here on (agents, hooks, what hooks start) makes the same choice: a person's terminal is not theirs.
 */
export async function chooseRunner(
  place: RunnerPlace,
  options: Pick<OpenOptions, "notify" | "runner">,
  host: Pick<Host, "environment" | "isInteractive">,
): Promise<ChosenRunner> {
  const { settings } = place;
  const processes = createProcessRunner();
  const panes = latePanes(place, host.environment, options.notify);
  const sessions = lateOpenCode(place, host.environment);
  const usesOpenCode = settings.runner === "opencode";
  const isWanted = settings.runner === "tmux" || (settings.runner === "auto" && host.isInteractive);
  const reason = isWanted ? await panes.whyNone() : undefined;
  const usesPanes = isWanted && reason === undefined;
  const isDecidedHere = options.runner !== undefined || (settings.runner === "auto" && host.isInteractive);
  return {
    runner: usesOpenCode
      ? joinRunners<AgentRunner>(sessions, [processes, panes.runner])
      : usesPanes
        ? joinRunners(panes.runner, [processes, sessions])
        : joinRunners<AgentRunner>(tellingWhy(processes, reason, options.notify), [panes.runner, sessions]),
    panes: panes.sessions,
    ...(isDecidedHere
      ? { passedOn: { WIGGUM_RUNNER: usesOpenCode ? "opencode" : usesPanes ? "tmux" : "process" } }
      : {}),
    async hookVariables() {
      try {
        if (!usesPanes && (await panes.sessions.session()) === undefined) return {};
        if ((await panes.whyNone()) !== undefined) return {};
        return await (await panes.load()).hookEnvironment();
      } catch (error) {
        // A hook that speaks to no tmux needs nothing of it.
        if (isWorkflowError(error)) return {};
        throw error;
      }
    },
  };
}

/** Whoever asked for panes is told, at the first start, why there are none. */
function tellingWhy(
  runner: AgentRunner,
  reason: string | undefined,
  notify: (line: string) => void,
): AgentRunner {
  if (reason === undefined) return runner;
  let isTold = false;
  return {
    ...runner,
    async start(order) {
      const handle = await runner.start(order);
      if (!isTold) notify(`${reason}: agents run without panes, 'wiggum logs <agent> --follow' shows them`);
      isTold = true;
      return handle;
    },
  };
}
