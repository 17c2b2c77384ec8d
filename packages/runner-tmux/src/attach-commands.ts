import { realpathSync } from "node:fs";

export interface AttachInput {
  /** Absolute path of tmux. */
  readonly program: string;
  readonly socketPath: string;
  /** `$0`. */
  readonly sessionId: string;
  /** To be shown in front. */
  readonly pane?: { readonly paneId: string; readonly windowId: string } | undefined;
  /** Of the terminal that is to show it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Program and arguments that show a session on the caller's terminal. A terminal that is already within the same tmux server switches;
 * one within another gets a client of its own, and that tmux must not learn that it is inside another: it would refuse.
 */
export function attachCommand({
  program,
  socketPath,
  sessionId,
  pane,
  environment,
}: AttachInput): readonly string[] {
  const tmux = [program, "-S", socketPath];
  const choose =
    pane === undefined
      ? []
      : ["select-window", "-t", pane.windowId, ";", "select-pane", "-t", pane.paneId, ";"];
  const inside = environment["TMUX"];
  if (inside === undefined || inside === "") return [...tmux, ...choose, "attach-session", "-t", sessionId];
  if (isSamePath(socketOf(inside), socketPath)) return [...tmux, ...choose, "switch-client", "-t", sessionId];
  return [
    "/usr/bin/env",
    "-u",
    "TMUX",
    "-u",
    "TMUX_PANE",
    ...tmux,
    ...choose,
    "attach-session",
    "-t",
    sessionId,
  ];
}

/** `TMUX` is `<socket>,<pid of the server>,<number of the session>`. */
export function socketOf(variable: string): string {
  return variable.replace(/,[^,]*,[^,]*$/, "");
}

function isSamePath(one: string, other: string): boolean {
  return one === other || real(one) === real(other);
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
