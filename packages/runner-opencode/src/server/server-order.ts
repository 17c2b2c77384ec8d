import { createHash } from "node:crypto";
import { join } from "node:path";

/** A server of the project's own: all that any process needs to find it, or to start it. JSON-safe. */
export interface ServerOrder {
  /** Absolute path of a folder for servers of this kind; several orders may share it. */
  readonly directory: string;
  /** Absolute path of OpenCode. */
  readonly program: string;
  /** OpenCode's configuration, merged over the person's. */
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string>>;
  readonly startTimeoutMs: number;
}

/** Where the parts of servers lie. One server runs for each program, home and configuration. */
export function serverPaths(
  order: Pick<ServerOrder, "directory" | "program" | "configuration" | "environment">,
) {
  const { directory, program, configuration, environment } = order;
  const { HOME, XDG_CONFIG_HOME } = environment;
  const key = digest(JSON.stringify([program, configuration, HOME, XDG_CONFIG_HOME]));
  const folder = join(directory, "servers", key);
  return {
    folder,
    stateDirectory: (generation: number) => join(folder, String(generation)),
    secret: (generation: number) => join(folder, `${generation}.json`),
    home: join(directory, "home"),
    plugin: join(directory, "shell-environment.mjs"),
    agents: agentsFolder(directory),
  };
}

/** Who uses the servers of that folder: a file for each agent. */
export function agentsFolder(directory: string): string {
  return join(directory, "agents");
}

/** Names the file of the agent that works in that folder. */
export function agentFile(directory: string, worktree: string): string {
  return join(agentsFolder(directory), `${digest(worktree)}.json`);
}

export function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
