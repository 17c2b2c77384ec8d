import { randomInt } from "node:crypto";
import { existsSync } from "node:fs";
import { createGit } from "@wiggum/git";
import { createGitBackend } from "@wiggum/ticket-backend-git";
import { createJudge, createTickets, printable, type WriteContext } from "@wiggum/ticket-core";
import {
  type AgentRunner,
  type Clock,
  type HandInPort,
  type HookRunner,
  WorkflowError,
} from "@wiggum/workflow";
import { absentRunner } from "./absent-runner.js";
import { identifyCaller } from "./caller.js";
import { composeProject } from "./compose-project.js";
import { deferred } from "./deferred.js";
import { type FoundProject, findProject } from "./find-project.js";
import { nextHookOperationId } from "./hook-operations.js";
import { isCleanedProject } from "./init-adoption.js";
import { readMarker } from "./marker-file.js";
import { createOutbox } from "./outbox-store.js";
import { keepParsedFiles } from "./parsed-files.js";
import type { Project } from "./project.js";
import type { ProjectParts } from "./project-parts.js";
import { projectPaths } from "./project-paths.js";
import { readSettings } from "./read-settings.js";
import { createAgentRegistry } from "./registry.js";
import { agentNamesOnDisk } from "./registry-rebuild.js";
import type { SettingsFlags } from "./settings.js";
import { systemClock } from "./system-clock.js";
import { templatesDirectory } from "./templates.js";
import { loadTicketTypes } from "./ticket-types-file.js";
import { newUlid } from "./ulid.js";
import { provideWiggumProgram } from "./wiggum-program.js";

export interface OpenProjectOptions {
  /** Variables of the caller: settings, identity, what agents and hooks inherit. Default: the process's. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  readonly flags?: SettingsFlags | undefined;
  /** Where agents run. Without one, tickets, hooks and branches work, agents do not. */
  readonly runner?: AgentRunner | undefined;
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
  /** Names the build that calls, for example its version and the time of its file. With it, what settings and types mean is kept between calls. */
  readonly programIdentity?: string | undefined;
  /** Exit codes by name, which hooks get as variables. */
  readonly exitCodes?: Readonly<Record<string, number>> | undefined;
}

/**
 * Opens the project that `folder` belongs to, from its root, any folder of it, or an agent's worktree. Cheap: databases, store and git are
 * opened at their first use. Close it at the end.
 * @throws NOT_A_PROJECT FOREIGN_FOLDER PROJECT_FORMAT_NEWER SETTINGS_INVALID TYPES_INVALID IDENTITY_MISMATCH AGENT_FENCED
 */
export async function openProject(folder: string, options: OpenProjectOptions = {}): Promise<Project> {
  const { environment = process.env, flags, clock = systemClock, notify = () => undefined } = options;
  const found = await findProject(folder);
  await requireOurs(found);
  const parsedFiles =
    options.programIdentity === undefined
      ? undefined
      : keepParsedFiles(projectPaths(found.root).parsedFiles, options.programIdentity);
  const { settings, warnings } = await readSettings(found.root, { environment, flags, parsedFiles });
  const paths = projectPaths(found.root, settings.worktreesDirectory);
  const types = await loadTicketTypes(paths.ticketTypes, { parsedFiles });
  const now = () => clock.now();
  const git = createGit({ cwd: found.root });
  const backend = createGitBackend({ root: paths.ticketStore, judge: createJudge(types), now });
  const tickets = createTickets({ backend, types, now, newId: newUlid, random: randomInt });
  const registry = createAgentRegistry({
    database: paths.agentsDatabase,
    panelsFile: paths.panelsFile,
    ownersDirectory: paths.ownersDirectory,
    now,
    namesInUse: () => agentNamesOnDisk(paths),
  });
  const { onChange, baseBranch } = settings;
  const caller = await identifyCaller({
    found,
    environment,
    registry,
    onChange,
    isSupervisor: options.isSupervisor,
  });
  const program = await provideWiggumProgram(paths, options.wiggumCommand, environment);
  const hookRunner = deferred<Required<HookRunner>>(
    async () =>
      (await import("./hook-runner.js")).createHookRunner({
        paths,
        defaultsDirectory: templatesDirectory(),
        contextRoot: caller.contextRoot,
        viewFolder: caller.viewFolder,
        session: settings.session,
        wiggumProgram: program.path,
        exitCodes: options.exitCodes ?? {},
        environment,
        readTicket: (id) => tickets.show(id),
        ticketPath: (view, id) => backend.views.path(view, id),
      }),
    { run: true, endLeftovers: true },
  );
  const handIn = deferred<HandInPort>(
    async () => (await import("./hand-in.js")).createHandIn({ git, tickets, registry, baseBranch }),
    { facts: true, handIn: true },
  );
  const parts: ProjectParts = {
    found,
    paths,
    settings,
    settingsWarnings: warnings,
    types,
    backend,
    tickets,
    registry,
    runner: options.runner ?? absentRunner(),
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

function writeContextOf(
  caller: ProjectParts["caller"],
  environment: ProjectParts["environment"],
): WriteContext {
  const hook = caller.hookDepth > 0 ? environment["WIGGUM_HOOK_NAME"] : undefined;
  return {
    actor: caller.actor,
    ...(caller.fence === undefined ? {} : { fence: caller.fence }),
    operationId: nextHookOperationId(environment) ?? newUlid(),
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
    { hint: "'wiggum init' keeps tickets, settings, hooks and prompts as they are." },
  );
}
