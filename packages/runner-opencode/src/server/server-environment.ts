import { lstat, mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { sessionVariables, terminalVariables } from "@wiggum/workflow";

/** What belongs to one agent, and to none of the others whose sessions the server has. */
const ofOneAgent: readonly string[] = [
  ...sessionVariables,
  ...terminalVariables,
  "WIGGUM_EPOCH",
  "WIGGUM_TICKET_ID",
  "WIGGUM_PORT",
  "OPENCODE_PERMISSION",
  "OPENCODE_CONFIG_CONTENT",
];

/** The environment of a server from that of the agent that needs it first. */
export function serverEnvironment(agent: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(agent).filter(([name]) => !ofOneAgent.includes(name)));
}

/**
 * Sessions, logs and state of OpenCode in the project's own folder, apart from the person's. Their configuration and login are theirs
 * still: the login is a link, because a renewed one must be known to both.
 */
export async function makeHome(
  home: string,
  environment: Readonly<Record<string, string>>,
): Promise<Readonly<Record<"XDG_DATA_HOME" | "XDG_STATE_HOME", string>>> {
  const data = join(home, "data");
  const state = join(home, "state");
  for (const folder of [join(data, "opencode"), state]) await mkdir(folder, { recursive: true, mode: 0o700 });
  const { XDG_DATA_HOME, HOME } = environment;
  const theirs = XDG_DATA_HOME || (HOME === undefined ? undefined : join(HOME, ".local", "share"));
  if (theirs !== undefined && theirs !== data) {
    const login = join(theirs, "opencode", "auth.json");
    const link = join(data, "opencode", "auth.json");
    // Also where there is no login yet: the first one is then made in the person's own place.
    if (!(await isThere(link))) await symlink(login, link).catch(() => undefined);
  }
  return { XDG_DATA_HOME: data, XDG_STATE_HOME: state };
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
