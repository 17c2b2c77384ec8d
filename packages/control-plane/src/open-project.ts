import { randomInt } from "node:crypto";
import { existsSync } from "node:fs";
import { createGit } from "@wiggum/git";
import { createGitBackend } from "@wiggum/ticket-backend-git";
import { builtinTypes, createJudge, createTickets, printable, type WriteContext } from "@wiggum/ticket-core";
import {
  type AgentRunner,
  type Clock,
  type HandInPort,
  type HookRunner,
  isWorkflowError,
  WorkflowError,
} from "@wiggum/workflow";
import { absentRunner } from "./absent-runner.js";
import { identifyCaller } from "./caller.js";
import { composeProject } from "./compose-project.js";
import { deferred } from "./deferred.js";
import { type FoundProject, findProject } from "./find-project.js";
import { refuseGoneFolder } from "./gone-folder.js";
import { whyNoHook } from "./hook-files.js";
import { nextHookOperationId } from "./hook-operations.js";
import { isCleanedProject } from "./init-adoption.js";
import { refuseLinkedControl, refuseLinkedView } from "./linked-control.js";
import { readMarker } from "./marker-file.js";
import { createOutbox } from "./outbox-store.js";
import type { PaneSessions } from "./pane-sessions.js";
import { keepParsedFiles } from "./parsed-files.js";
import type { Project } from "./project.js";
import type { ProjectParts } from "./project-parts.js";
import { type ProjectPaths, projectPaths } from "./project-paths.js";
import { lookAtSettings } from "./read-settings.js";
import { createAgentRegistry } from "./registry.js";
import type { Settings, SettingsFlags } from "./settings.js";
import { shownPath } from "./shown-path.js";
import { systemClock } from "./system-clock.js";
import { templatesDirectory } from "./templates.js";
import { loadTicketTypes } from "./ticket-types-file.js";
import { newUlid } from "./ulid.js";
import { authorityOf } from "./upstream-address.js";
import { provideWiggumProgram } from "./wiggum-program.js";

/** How a project is opened: who calls, where agents run, what they call back. */
export interface OpenProjectOptions {
  /** Variables of the caller: settings, identity, what agents and hooks inherit. Default: the process's. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  readonly flags?: SettingsFlags | undefined;
  /** Where agents run, or what says so once the settings are read. Without one, tickets, hooks and branches work, agents do not. */
  readonly runner?: AgentRunner | ((place: RunnerPlace) => Promise<ChosenRunner>) | undefined;
  /**
   * Program and arguments that are `wiggum`: what agents and hooks call back, and what runs post-hooks in a process of its own. Default: the
   * one on PATH; where there is none, post-hooks run in this process.
   */
  readonly wiggumCommand?: readonly string[] | undefined;
  readonly clock?: Clock | undefined;
  /** Told what is neither a result nor a failure. Default: nobody is told. */
  readonly notify?: ((line: string) => void) | undefined;
  /** The caller schedules (`wiggum run`): it acts as the supervisor, no change of others stops it, and it drains the hooks itself. */
  readonly isSupervisor?: boolean | undefined;
  /**
   * Only `doctor()` is to be called: settings and types that cannot be used are findings then, and defaults stand in for them. Default: they
   * are refused.
   */
  readonly isExamined?: boolean | undefined;
  /** Names the build that calls, for example its version and the time of its file. With it, what settings and types mean is kept between calls. */
  readonly programIdentity?: string | undefined;
  /** Exit codes by name, which hooks get as variables. */
  readonly exitCodes?: Readonly<Record<string, number>> | undefined;
}

/** What a runner is chosen by. */
export interface RunnerPlace {
  readonly paths: ProjectPaths;
  readonly settings: Settings;
}

/** Where agents run, as decided for one opened project. */
export interface ChosenRunner {
  readonly runner: AgentRunner;
  readonly panes?: PaneSessions | undefined;
  /** Added to the environment of whatever is started from here on, so that it makes the same choice. */
  readonly passedOn?: Readonly<Record<string, string>> | undefined;
  /** Variables for a hook, asked for when it starts. Never fails. */
  readonly hookVariables?: (() => Promise<Readonly<Record<string, string>>>) | undefined;
}

/**
 * Opens the project that `folder` belongs to, from its root, any folder of it, or an agent's worktree. Cheap: databases, store and git are
 * opened at their first use. Close it at the end.
 * @throws NOT_A_PROJECT FOREIGN_FOLDER PROJECT_FORMAT_NEWER SETTINGS_INVALID FLAG_INVALID TYPES_INVALID IDENTITY_MISMATCH AGENT_FENCED
 * WORKTREE_COPIED
 */
export async function openProject(folder: string, options: OpenProjectOptions = {}): Promise<Project> {
  const { flags, clock = systemClock, notify = () => undefined } = options;
  const given = options.environment ?? process.env;
  await refuseGoneFolder(folder, given);
  const found = await findProject(folder);
  if (found.contextRoot !== found.root) refuseLinkedControl(found.contextRoot);
  const faults: WorkflowError[] = [];
  const noting = (error: unknown) => {
    const isNoted =
      options.isExamined === true &&
      (isWorkflowError(error, "SETTINGS_INVALID") || isWorkflowError(error, "TYPES_INVALID"));
    if (!isNoted) throw error;
    faults.push(error);
    return undefined;
  };
  await requireOurs(found).catch(noting);
  const parsedFiles =
    options.programIdentity === undefined
      ? undefined
      : keepParsedFiles(projectPaths(found.root).parsedFiles, options.programIdentity);
  const { settings, warnings, error } = await lookAtSettings(found.root, {
    environment: given,
    flags,
    parsedFiles,
  });
  if (error !== undefined) noting(error);
  const paths = projectPaths(found.root, settings.worktreesDirectory);
  const types = (await loadTicketTypes(paths.ticketTypes, { parsedFiles }).catch(noting)) ?? builtinTypes;
  const now = () => clock.now();
  const git = createGit({ cwd: found.root });
  // Another program, or other types, may judge otherwise.
  const judgedBy = JSON.stringify([options.programIdentity, types]);
  const judge = createJudge(types);
  const authority = authorityOf(git, paths.root, settings.upstream);
  const backend = createGitBackend({ root: paths.ticketStore, judge, judgedBy, now, notify, authority });
  const tickets = createTickets({
    backend,
    types,
    now,
    newId: newUlid,
    random: randomInt,
    // Two hosts see each other's ids only when they sync.
    fewestIdDigits: settings.upstream === undefined ? undefined : 8,
  });
  const { runner, panes, passedOn, hookVariables } = await chooseRunner(options.runner, { paths, settings });
  const environment = { ...given, ...passedOn };
  const registry = createAgentRegistry({
    database: paths.agentsDatabase,
    panelsFile: paths.panelsFile,
    ownersDirectory: paths.ownersDirectory,
    paths,
    now,
    // Most commands find a registry that is there.
    whatIsThere: async () => (await import("./use-cases.js")).findAgents({ paths, git, tickets, runner }),
  });
  const { onChange, baseBranch } = settings;
  const caller = await identifyCaller({
    found,
    environment,
    registry,
    onChange,
    isSupervisor: options.isSupervisor,
  });
  if (options.isExamined !== true) refuseLinkedView(caller.viewFolder);
  const program = await provideWiggumProgram(paths, options.wiggumCommand, environment);
  const defaultsDirectory = templatesDirectory();
  const hookRunner: Required<HookRunner> = {
    ...deferred<Omit<Required<HookRunner>, "whyNot">>(
      async () =>
        (await import("./hook-runner.js")).createHookRunner({
          paths,
          defaultsDirectory,
          contextRoot: caller.contextRoot,
          viewFolder: caller.viewFolder,
          session: settings.session,
          wiggumProgram: program.path,
          exitCodes: options.exitCodes ?? {},
          environment,
          moreVariables: hookVariables,
          readTicket: (id) => tickets.show(id),
          ticketPath: (view, id) => shownPath(backend.views, view, id),
          warn: notify,
        }),
      { run: true, endLeftovers: true },
    ),
    // Answers at once, and needs nothing of what runs hooks.
    whyNot: (name) => whyNoHook(paths, defaultsDirectory, name),
  };
  const handIn = deferred<Required<HandInPort>>(
    async () => (await import("./hand-in.js")).createHandIn({ git, tickets, registry, baseBranch }),
    { facts: true, handIn: true, check: true },
  );
  const parts: ProjectParts = {
    found,
    paths,
    settings,
    settingsWarnings: warnings,
    types,
    faults,
    backend,
    tickets,
    registry,
    runner,
    panes,
    caller,
    clock,
    git,
    outbox: createOutbox({ path: paths.outboxDatabase, ownersDirectory: paths.ownersDirectory, now }),
    hookRunner,
    handIn,
    newId: newUlid,
    random: randomInt,
    notify,
    environment,
    writeContext: () => writeContextOf(caller, environment),
  };
  return composeProject(parts, program);
}

async function chooseRunner(given: OpenProjectOptions["runner"], place: RunnerPlace): Promise<ChosenRunner> {
  if (typeof given === "function") return given(place);
  return { runner: given ?? absentRunner() };
}

function writeContextOf(
  caller: ProjectParts["caller"],
  environment: ProjectParts["environment"],
): WriteContext {
  const hook = caller.hookDepth > 0 ? environment["WIGGUM_HOOK_NAME"] : undefined;
  // Only a hook that is run again sends a write twice. Anybody else's gets an id that is as new as the write: there is nothing to look up.
  const operationId = nextHookOperationId(environment);
  return {
    actor: caller.actor,
    ...(caller.fence === undefined ? {} : { fence: caller.fence }),
    ...(operationId === undefined ? {} : { operationId }),
    ...(hook ? { cause: `hook ${hook}` } : {}),
  };
}

/** A project of the shell version is read by `init` only, which says what it does with it; one whose files were cleaned away still works. */
async function requireOurs({ root }: FoundProject): Promise<void> {
  if ((await readMarker(root)) !== undefined) return;
  const paths = projectPaths(root);
  if (isCleanedProject(paths)) return;
  throw new WorkflowError(
    "NOT_A_PROJECT",
    existsSync(paths.ticketStore)
      ? `${printable(root)} was set up by the shell version of wiggum. Run 'wiggum init' to take it over.`
      : "Not in a wiggum project. Run 'wiggum init' first.",
    { path: root },
    {
      hint: "'wiggum init --dry-run' shows what that changes; tickets, settings, hooks, prompts and work of agents stay.",
    },
  );
}
