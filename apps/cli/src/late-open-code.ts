import { existsSync } from "node:fs";
import { join } from "node:path";
import type { RunnerPlace } from "@wiggum/control-plane";
import type { OpenCodeRunner } from "@wiggum/runner-opencode";
import type { AgentRunner } from "@wiggum/workflow";

/** Sessions of an OpenCode server, whose code is loaded when the first of them is asked for: few projects ever have one. */
export function lateOpenCode(
  { paths, settings }: RunnerPlace,
  environment: Readonly<Record<string, string | undefined>>,
): AgentRunner {
  const directory = join(paths.stateRoot, "opencode");
  const { openCode } = settings;
  let loading: Promise<OpenCodeRunner> | undefined;
  let loaded: OpenCodeRunner | undefined;
  const load = () => {
    loading ??= create();
    return loading;
  };
  async function create(): Promise<OpenCodeRunner> {
    const { attendantProgram, createOpenCodeRunner } = await import("./composition/open-code.js");
    const { server, passwordVariable, permissions, askDeadlineMs } = openCode;
    loaded = createOpenCodeRunner({
      directory,
      server: isKept(server) ? server : { url: server, password: environment[passwordVariable] ?? "" },
      policy: permissions,
      // As the control plane signs what a person sends.
      people: ["manual"],
      limits: { askDeadlineMs },
      attendant: [process.execPath, attendantProgram],
    });
    return loaded;
  }
  /** The runner makes its folder before its first session, whatever program that runs. */
  const hadSessions = () => existsSync(directory);

  return {
    contract: 1,
    name: "opencode",
    supports: {
      attach: true,
      terminal: false,
      resume: true,
      structuredState: true,
      ask: true,
      cost: true,
      permissions: true,
    },
    start: async (order) => (await load()).start(order),
    checkCommand: async (order) => (await load()).checkCommand?.(order),
    ask: async (order, signal) => required((await load()).ask, "ask")(order, signal),
    discover: async (scope) => (hadSessions() ? (await load()).discover(scope) : []),
    observe: async (handle) => (await load()).observe(handle),
    glance: async (handle) => (await load()).glance?.(handle),
    send: async (handle, message) => (await load()).send(handle, message),
    output: async (handle, lastLines) => (await load()).output(handle, lastLines),
    interrupt: async (handle) => (await load()).interrupt(handle),
    stop: async (handle) => (await load()).stop(handle),
    answer: async (handle, requestId, reply) => (await load()).answer(handle, requestId, reply),
    attach: async (handle) => (await load()).attach(handle),
    cost: async (handle) => (await load()).cost(handle),
    tokens: async (handle) => (await load()).tokens(handle),
    // At once where that is possible: what is printed from this moment on belongs to what is followed.
    follow: (handle, signal) => loaded?.follow(handle, signal) ?? followLater(load, handle, signal),
  };
}

function isKept(server: string): server is "shared" | "own" {
  return server === "shared" || server === "own";
}

async function* followLater(
  load: () => Promise<OpenCodeRunner>,
  ...[handle, signal]: Parameters<OpenCodeRunner["follow"]>
): AsyncIterable<string> {
  yield* (await load()).follow(handle, signal);
}

function required<Method>(method: Method | undefined, name: string): Method {
  if (method === undefined) throw new Error(`The runner of OpenCode sessions has no ${name} any more`);
  return method;
}
