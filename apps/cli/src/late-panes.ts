import { existsSync } from "node:fs";
import { join } from "node:path";
import type { PaneSessions, RunnerPlace } from "@wiggum/control-plane";
import type { TmuxRunner } from "@wiggum/runner-tmux";
import type { AgentRunner } from "@wiggum/workflow";

export interface LatePanes {
  readonly runner: AgentRunner;
  readonly sessions: PaneSessions;
  /** Why there can be no panes on this host, a sentence without a full stop; `undefined` = there can. */
  whyNone(): Promise<string | undefined>;
  load(): Promise<TmuxRunner>;
}

/**
 * Panes of tmux, whose code is loaded when the first of them is asked for: most commands only read tickets, and most projects that never had a
 * pane need none of it.
 */
export function latePanes(
  { paths, settings }: RunnerPlace,
  environment: Readonly<Record<string, string | undefined>>,
  warn: (line: string) => void,
): LatePanes {
  const directory = join(paths.stateRoot, "tmux");
  let loading: Promise<TmuxRunner> | undefined;
  let loaded: TmuxRunner | undefined;
  let looking: Promise<string | undefined> | undefined;

  const load = () => {
    loading ??= create();
    return loading;
  };
  async function create(): Promise<TmuxRunner> {
    const { createTmuxRunner, inboxProfile } = await import("./composition/panes.js");
    loaded = createTmuxRunner({
      root: paths.root,
      directory,
      sessionName: settings.session,
      server: settings.tmuxSocket,
      configFile: paths.tmuxConfig,
      layout: settings.layout,
      profile: (order) => order.profile?.screen ?? inboxProfile,
      environment,
      warn,
    });
    return loaded;
  }
  /** The runner makes its folder before its first session. */
  const hadPanes = () => existsSync(directory);
  const whyNone = () => {
    looking ??= hadPanes() ? probeAgain(environment) : probe(environment);
    return looking;
  };

  const runner: AgentRunner = {
    contract: 1,
    name: "tmux",
    supports: {
      attach: true,
      resume: false,
      structuredState: false,
      ask: true,
      cost: false,
      permissions: false,
    },
    start: async (order) => (await load()).start(order),
    checkCommand: async (order) => (await load()).checkCommand?.(order),
    ask: async (order, signal) => required((await load()).ask, "ask")(order, signal),
    discover: async (scope) => (hadPanes() ? (await load()).discover(scope) : []),
    observe: async (handle) => (await load()).observe(handle),
    glance: async (handle) => (await load()).glance?.(handle),
    send: async (handle, message) => (await load()).send(handle, message),
    output: async (handle, lastLines) => (await load()).output(handle, lastLines),
    interrupt: async (handle) => (await load()).interrupt(handle),
    stop: async (handle) => (await load()).stop(handle),
    attach: async (handle) => (await load()).attach(handle),
    keys: async (handle, keys) => (await load()).keys(handle, keys),
    cost: async (handle) => (await load()).cost?.(handle),
    tokens: async (handle) => (await load()).tokens?.(handle),
    // At once where that is possible: what is printed from this moment on belongs to what is followed.
    follow: (handle, signal) => loaded?.follow(handle, signal) ?? followLater(load, handle, signal),
  };
  return {
    runner,
    sessions: {
      session: async () =>
        hadPanes() && (await whyNone()) === undefined ? (await load()).session() : undefined,
      attachSession: async () => (await load()).attachSession(),
      endSession: async () => (await load()).endSession(),
      whyNone,
    },
    whyNone,
    load,
  };
}

async function probe(environment: Readonly<Record<string, string | undefined>>): Promise<string | undefined> {
  const { probeTmux } = await import("./composition/panes.js");
  const tmux = await probeTmux({ environment });
  return tmux.isAvailable ? undefined : tmux.reason;
}

/** Where there were panes already, tmux needs only be there still: nothing is started to find out. */
async function probeAgain(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  const { PATH = "" } = environment;
  const isThere = PATH.split(":").some((folder) => folder !== "" && existsSync(join(folder, "tmux")));
  return isThere ? undefined : probe(environment);
}

async function* followLater(
  load: () => Promise<TmuxRunner>,
  ...[handle, signal]: Parameters<TmuxRunner["follow"]>
): AsyncIterable<string> {
  yield* (await load()).follow(handle, signal);
}

function required<Method>(method: Method | undefined, name: string): Method {
  if (method === undefined) throw new Error(`The runner of panes has no ${name} any more`);
  return method;
}
