import { join } from "node:path";
import type { ChosenRunner, RunnerPlace } from "@wiggum/control-plane";
import { createProcessRunner } from "@wiggum/runner-process";
import { createTmuxRunner, inboxProfile, joinRunners, probeTmux } from "@wiggum/runner-tmux";
import { type AgentRunner, isWorkflowError } from "@wiggum/workflow";
import type { Host, OpenOptions } from "./context.js";

/**
 * Where this call starts agents: in panes of tmux, or as child processes. Agents of the other kind are seen, reached and ended all the same.
 * What is started from here on (agents, hooks, what hooks start) makes the same choice: a person's terminal is not theirs.
 */
export async function chooseRunner(
  { paths, settings }: RunnerPlace,
  options: Pick<OpenOptions, "notify" | "runner">,
  host: Pick<Host, "environment" | "isInteractive">,
): Promise<ChosenRunner> {
  const { environment } = host;
  const processes = createProcessRunner();
  const inPanes = createTmuxRunner({
    root: paths.root,
    directory: join(paths.stateRoot, "tmux"),
    sessionName: settings.session,
    server: settings.tmuxSocket,
    configFile: paths.tmuxConfig,
    layout: settings.layout,
    profile: (order) => order.profile?.screen ?? inboxProfile,
    environment,
    warn: options.notify,
  });
  let looking: Promise<string | undefined> | undefined;
  const whyNoPanes = () => {
    looking ??= probeTmux({ environment }).then((tmux) => (tmux.isAvailable ? undefined : tmux.reason));
    return looking;
  };

  const isWanted = settings.runner === "tmux" || (settings.runner === "auto" && host.isInteractive);
  const reason = isWanted ? await whyNoPanes() : undefined;
  const usesPanes = isWanted && reason === undefined;
  const isDecidedHere = options.runner !== undefined || (settings.runner === "auto" && host.isInteractive);
  return {
    runner: usesPanes
      ? joinRunners(inPanes, [processes])
      : joinRunners<AgentRunner>(tellingWhy(processes, reason, options.notify), [inPanes]),
    panes: {
      session: async () => ((await whyNoPanes()) === undefined ? inPanes.session() : undefined),
      attachSession: () => inPanes.attachSession(),
      endSession: () => inPanes.endSession(),
    },
    ...(isDecidedHere ? { passedOn: { WIGGUM_RUNNER: usesPanes ? "tmux" : "process" } } : {}),
    async hookVariables() {
      try {
        if ((await whyNoPanes()) !== undefined) return {};
        if (!usesPanes && (await inPanes.session()) === undefined) return {};
        return await inPanes.hookEnvironment();
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
