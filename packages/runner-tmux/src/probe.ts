import { execFile } from "node:child_process";
import { findProgram, printable } from "@wiggum/runner-process/sessions";
import { isWorkflowError } from "@wiggum/workflow";
import { clientEnvironment } from "./client-environment.js";
import { tmuxFailed } from "./failures.js";

/** Whether tmux is to be had, and why not. */
export type TmuxProbe =
  | {
      readonly isAvailable: true;
      /** As tmux tells it: `3.3a`. */
      readonly version: string;
      /** Absolute path. */
      readonly program: string;
    }
  | {
      readonly isAvailable: false;
      /** A sentence for people, without a full stop. */
      readonly reason: string;
    };

/** Where `probeTmux` looks. */
export interface ProbeOptions {
  /** Where `tmux` is looked for (`PATH`); default: the process's own. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** Name or path; default `tmux`. */
  readonly program?: string | undefined;
}

const oldest = [3, 2] as const;

/** Can panes be used on this host? Starts no server. Never throws: where tmux is not to be had, another runner is. */
export async function probeTmux(options: ProbeOptions = {}): Promise<TmuxProbe> {
  const { environment = process.env, program = "tmux" } = options;
  const env = clientEnvironment(environment);
  let path: string;
  try {
    path = await findProgram({ command: [program], environment: env, cwd: "/" });
  } catch (error) {
    if (!isWorkflowError(error, "AGENT_COMMAND_MISSING")) throw error;
    return { isAvailable: false, reason: "tmux is not installed" };
  }
  const said = await new Promise<string | undefined>((resolve) => {
    execFile(path, ["-V"], { env, timeout: 10_000 }, (error, output) =>
      resolve(error === null ? output.trim() : undefined),
    );
  });
  const version = /^tmux (?:next-|openbsd-)?(\S+)$/.exec(said ?? "")?.[1];
  if (version === undefined)
    return { isAvailable: false, reason: `${printable(path)} does not say that it is tmux` };
  if (isOlder(version))
    return { isAvailable: false, reason: `tmux ${version} is older than ${oldest.join(".")}` };
  return { isAvailable: true, version, program: path };
}

/** A version without numbers (`master`) is not older. */
function isOlder(version: string): boolean {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(version) ?? [];
  if (major === undefined) return false;
  return Number(major) < oldest[0] || (Number(major) === oldest[0] && Number(minor) < oldest[1]);
}

/** Absolute path of tmux. @throws RUNNER_FAILED it is not there */
export async function findTmux(
  program: string,
  environment: Readonly<Record<string, string>>,
): Promise<string> {
  try {
    return await findProgram({ command: [program], environment, cwd: "/" });
  } catch (error) {
    if (!isWorkflowError(error, "AGENT_COMMAND_MISSING")) throw error;
    throw tmuxFailed("tmux is not installed", { hint: "Install tmux, or use another runner.", cause: error });
  }
}
