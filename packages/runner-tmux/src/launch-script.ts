import type { KeeperLaunch } from "@wiggum/runner-process/sessions";
import { terminalVariables } from "@wiggum/workflow";

/** What panes and sessions of ours carry, so that they are found whatever a person calls them or wherever they are moved. */
export const marks = {
  /** On a session: the project. */
  project: "@wiggum_project",
  /** On a pane: the token of the agent's session. */
  session: "@wiggum_session",
  /** On a pane: agent and generation, for people and scripts. */
  agent: "@wiggum_agent",
  generation: "@wiggum_generation",
  /** On a pane: shown on its border. */
  title: "@wiggum_title",
} as const;

export interface LaunchScriptInput {
  readonly launch: KeeperLaunch;
  readonly tmux: string;
  readonly socketPath: string;
  readonly projectKey: string;
  readonly title: string;
  readonly files: {
    /** Where failures before the agent starts are written. */
    readonly log: string;
    /** Gets the pane's id. */
    readonly pane: string;
  };
  /** Shell command that stores what comes in on its standard input; without `#` and `%`, which tmux would expand. */
  readonly recorder: string;
}

/**
 * The program of a new pane. A script and no command line, because an environment has more bytes than tmux takes, and because a pane
 * has its marks, its record and its recording before its agent's first byte, even if whoever asked for it was killed.
 *
 * It runs twice: in the environment of the tmux server, then in none but the agent's, with what describes the terminal. The second run
 * removes the file first: an environment may hold secrets.
 */
export function launchScript(input: LaunchScriptInput): string {
  const { launch, tmux, socketPath, projectKey, title, files, recorder } = input;
  const { order, session, keeper } = launch;
  const pane = '"$TMUX_PANE"';
  const setForPane = (option: string, value: string) => `set-option -p -t ${pane} ${option} ${quoted(value)}`;
  const marking = [
    `set-option -t ${pane} ${marks.project} ${quoted(projectKey)}`,
    setForPane(marks.session, session.token),
    setForPane(marks.agent, session.agentId),
    setForPane(marks.generation, String(session.generation)),
    setForPane(marks.title, title),
    setForPane("remain-on-exit", "on"),
    // Else tmux would write a line of its own below the agent's last one. Unknown before 3.3.
    `set-option -pq -t ${pane} remain-on-exit-format ''`,
    `select-pane -t ${pane} -T ${quoted(title)}`,
    `pipe-pane -t ${pane} ${quoted(recorder)}`,
  ];
  const environment = Object.entries(keeper.environment).filter(
    ([name]) => isIdentifier(name) && !(terminalVariables as readonly string[]).includes(name),
  );
  const exported = environment.filter(([name]) => !isSpecial(name));
  const given = environment.filter(([name]) => isSpecial(name)).map(([name, value]) => `${name}=${value}`);
  const script = `${keeper.script}${afterAgent}`;
  const command = [...given, keeper.shell, "-c", script, ...keeper.parameters].map(quoted);
  return `if [ "$1" != inside ]; then
exec 2>${quoted(files.log)}
PATH=\${PATH:-/usr/bin}:/usr/bin:/bin
${quoted(tmux)} -u -S ${quoted(socketPath)} ${marking.join(" \\; ")} || exit 1
printf '%s\\n' "$TMUX_PANE" > ${quoted(`${files.pane}.`)}"$$" && mv -f ${quoted(`${files.pane}.`)}"$$" ${quoted(files.pane)} || exit 1
exec /usr/bin/env -i TERM="$TERM" TERM_PROGRAM=tmux TERM_PROGRAM_VERSION="$TERM_PROGRAM_VERSION" TMUX="$TMUX" TMUX_PANE="$TMUX_PANE" /bin/sh "$0" inside
fi
PATH=/usr/bin:/bin
rm -f "$0"
cd ${quoted(order.cwd)} || exit 1
unset PATH
${exported.map(([name, value]) => `export ${name}=${quoted(value)}`).join("\n")}
exec 2>&1
exec /usr/bin/env ${command.join(" ")}
`;
}

/** Printed last, seen by nobody: tmux takes no notice of it, and whoever reads the recording knows that nothing is missing. */
export const endMark = "\u001b]7777;wiggum-ended\u0007";
/** The exit status of the agent is also that of its pane. */
const afterAgent = `printf '\\033]7777;wiggum-ended\\007'
exit "$status"
`;

/** One word for a POSIX shell. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The shell command `text`, to be run in `folder`, without a character that tmux expands or takes for the end of a command. */
export function inFolder(folder: string, text: string): string {
  const octal = [...Buffer.from(`${folder}/.`)].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`);
  return `cd "$(printf '${octal.join("")}')" && ${text}`;
}

function isIdentifier(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
}

/** Names that mean something to a shell: setting them in the script would change how the rest of it is read, or is not allowed. */
function isSpecial(name: string): boolean {
  return /^(_|IFS|PATH|PWD|OLDPWD|SHLVL|PPID|E?UID|GROUPS|CDPATH|ENV|LINES|COLUMNS|LINENO|MAILPATH|MAILCHECK|OPT(IND|ARG|ERR)|PS\d|S?RANDOM|SECONDS|EPOCH.*|FUNCNAME|DIRSTACK|HIST.*|COMP_.*|BASH.*|SHELLOPTS|POSIXLY_CORRECT|LD_.*)$/.test(
    name,
  );
}
