import type { Project } from "@wiggum/control-plane";
import type { Context, GlobalOptions, Host } from "./context.js";
import { createMessages, type Messages } from "./messages.js";
import { isColoured } from "./render/coloured.js";
import type { Group, Leaf } from "./tree.js";

/** Which store an answer is from, and which point of its history: what P19 asks of every output. */
export interface Source {
  readonly store: { readonly backend: string; readonly project: string } | null;
  readonly asOf: string | null;
}

/** A context, with what only the caller of a command needs of it. */
export interface OwnedContext extends Context {
  /** Takes in flags that were typed after the command. */
  apply(options: Partial<GlobalOptions>): void;
  /** Where the answer is from. `exactly` = the point that the command itself named. */
  source(exactly: string | null | undefined): Promise<Source>;
  close(): Promise<void>;
}

// No ticket can be drawn with this id by accident: eight zeros. Reading it costs one look and tells the point in history.
const nobody = "tk-00000000";

export function createContext(
  commands: Readonly<Record<string, Leaf | Group>>,
  host: Host,
  words: readonly string[],
  leading: Partial<GlobalOptions>,
): OwnedContext {
  let options: GlobalOptions = { quiet: false, verbose: false, json: false, ...leading };
  let opening: Promise<Project> | undefined;
  let opened: Project | undefined;
  let readAt: string | undefined;

  const messages = createMessages({
    write: (text) => host.stderr.write(text),
    isColoured: isColoured(host.stderr, host.environment),
    isQuiet: () => options.quiet || opened?.settings.isQuiet === true || isOn(host, "WIGGUM_QUIET"),
    isVerbose: () => options.verbose || opened?.settings.isVerbose === true || isOn(host, "WIGGUM_VERBOSE"),
  });

  const open = async (as: "supervisor" | "doctor" | undefined) => {
    const notify = (line: string) => messages.info(line);
    const how = { isSupervisor: as === "supervisor", isExamined: as === "doctor" };
    opened = await host.composition.openProject({ ...options, ...how, notify }, host);
    sayWhere(messages, opened);
    return opened;
  };
  const project = (as?: "supervisor" | "doctor") => {
    opening ??= open(as);
    return opening;
  };
  const position = async () => (await (await project()).tickets.backend.read(nobody)).asOf;

  return {
    host,
    words,
    commands,
    messages,
    get options() {
      return options;
    },
    project,
    async reading() {
      const found = await project();
      for (const line of await found.read()) messages.info(line);
      // Taken before the data is: the data is of this point or a later one, so a watch from here misses nothing.
      if (options.json) readAt ??= await position();
      return found;
    },
    write: (text) => host.stdout.write(text),
    apply(later) {
      const given = Object.entries(later).filter(([, value]) => value !== undefined);
      options = { ...options, ...Object.fromEntries(given) };
    },
    async source(exactly) {
      if (opened === undefined) return { store: null, asOf: null };
      const { tickets, paths } = opened;
      const asOf = exactly === null ? null : (exactly ?? readAt ?? (await position()));
      return { store: { backend: tickets.backend.name, project: paths.root }, asOf };
    },
    async close() {
      await opened?.close();
    },
  };
}

function isOn(host: Host, variable: string): boolean {
  return host.environment[variable] === "true";
}

function sayWhere(messages: Messages, project: Project): void {
  const { agent } = project.caller;
  messages.debug(`project ${project.paths.root}, session ${project.settings.session}`);
  if (agent !== undefined) messages.debug(`called by ${agent.agentId}, generation ${agent.generation}`);
}
