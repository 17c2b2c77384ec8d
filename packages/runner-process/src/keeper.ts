import type { AgentOrder } from "@wiggum/workflow";
import { agentArguments, markingScript } from "@wiggum/workflow";

/** The keeper found that another one has started the agent already. */
export const keeperCameSecond = 75;

/**
 * The agent's parent: leads its session, waits for it and writes down how it ended, so that any later process can read it.
 * Positional parameters: file `started`, file for the exit status, the session's mark, then the agent's program and arguments. Nothing is
 * ever put into this text. A text and no file, because it must be found wherever this package was bundled to.
 *
 * - `set -C` creates `started` exclusively: of two keepers of one session only one starts the agent, whoever started them.
 * - Signals are caught, not ignored: the agent would inherit that, and the keeper must outlive a signal to its whole group.
 * - In a terminal of its own it ends when that is closed: only then does the kernel tell the agent, which is not the leader. How the agent
 *   ends is then not written down.
 * - It runs through to its end, where `$status` is the agent's: a text put behind it runs when all is written down.
 * - Its own standard error goes nowhere: a shell remarks there that its child was killed, which the agent never printed.
 */
export const keeperScript = (hasTerminal: boolean) => `
trap : ${hasTerminal ? "" : "HUP "}INT QUIT ALRM TERM PIPE USR1 USR2
exec 3>&2 2>/dev/null
set -C
printf '%s\\n' "$$" > "$1" || exit ${keeperCameSecond}
set +C
status_file=$2
${markingScript('"$3"')}
shift 3
( exec 2>&3 3>&-; exec "$@" )
status=$?
PATH=/usr/bin:/bin:$PATH
printf '%s\\n' "$status" > "$status_file.tmp" && mv -f "$status_file.tmp" "$status_file"
`;

/** Variables that shells export by themselves. */
const shellVariables = ["PWD", "OLDPWD", "SHLVL", "_"];

/** Parameters for the keeper's script. `program` is an absolute path, so that no builtin is meant; `mark` may be empty. */
export function keeperParameters(
  order: AgentOrder,
  program: string,
  files: { readonly started: string; readonly exitStatus: string },
  mark: string,
): readonly string[] {
  const unwanted = shellVariables.filter((name) => order.environment[name] === undefined);
  // `env` would take a program whose path has a `=` for an assignment.
  const withoutShell =
    unwanted.length === 0 || program.includes("=")
      ? []
      : ["/usr/bin/env", ...unwanted.flatMap((name) => ["-u", name])];
  return [
    "wiggum-keeper",
    files.started,
    files.exitStatus,
    mark,
    ...withoutShell,
    program,
    ...agentArguments(order),
  ];
}
