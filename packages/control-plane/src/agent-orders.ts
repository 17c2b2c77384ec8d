import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { type Git, hasIdentity } from "@wiggum/git";
import { printable, type TicketId, type Tickets } from "@wiggum/ticket-core";
import {
  type AgentOrders,
  type AgentRegistry,
  type AgentRunner,
  type OrderRequest,
  WorkflowError,
} from "@wiggum/workflow";
import { agentEnvironment, setUpMarker } from "./agent-environment.js";
import { agentFileText } from "./agent-file.js";
import { formFor, prepareLaunch } from "./agent-launch.js";
import { probeSandbox } from "./agent-probe.js";
import { isRoleName } from "./branch-names.js";
import { endLeftOver } from "./end-processes.js";
import { openHostPorts } from "./host-ports.js";
import { fromRoot } from "./init-files.js";
import { leaseFreePort } from "./leased-port.js";
import { refuseLinkedControl } from "./linked-control.js";
import { type ProjectPaths, worktreePaths } from "./project-paths.js";
import { promptValues } from "./prompts.js";
import { renderPrompt } from "./render-prompt.js";
import { loadRole, type Role } from "./roles.js";
import type { Settings } from "./settings.js";
import { commandFault } from "./startable-command.js";
import { stopMarkedProcesses } from "./worktree-processes.js";
import { setUpWorktree, type WorktreeViews } from "./worktree-setup.js";
import { replaceFile } from "./write-files.js";

/** Views of agents. */
export interface AgentViews extends WorktreeViews {
  /** Brings it up to date, with this ticket in it; what it shows then is no news to its agent. */
  showAnew(folder: string, ticketId: TicketId | undefined): Promise<void>;
}

/** What `createAgentOrders` works with. */
export interface AgentOrdersOptions {
  /** Of the main root. */
  readonly git: Git;
  readonly paths: ProjectPaths;
  readonly settings: Pick<
    Settings,
    "agentCommand" | "agentProfile" | "editorMode" | "worktree" | "startTimeoutMs"
  >;
  readonly tickets: Tickets;
  readonly registry: AgentRegistry;
  readonly runner: AgentRunner;
  /** Environment of whoever calls; what belongs to hooks and other agents is taken out. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Absolute path of the program that agents call back. */
  readonly wiggum: string;
  readonly views?: AgentViews | undefined;
}

/** Prepares an agent's folder, prompt and environment, and says how to start it. */
export function createAgentOrders(options: AgentOrdersOptions): AgentOrders {
  const { git, paths, settings, runner, registry } = options;
  const hostPorts = openHostPorts(options.environment, paths.agentsDatabase);

  const stateDirectory = ({ agentId, generation }: Pick<OrderRequest, "agentId" | "generation">) =>
    join(paths.stateRoot, agentId, String(generation));

  async function environmentOf(request: OrderRequest): Promise<Record<string, string>> {
    const { agentId, generation, role, record, epoch } = request;
    const port = await leaseFreePort(registry, agentId, generation, hostPorts);
    const isNameless = !(await hasIdentity(git));
    const identity = { agentId, generation, role, ticketId: record?.ticket.id, epoch, port, isNameless };
    return agentEnvironment(options.environment, identity, options.wiggum);
  }

  return {
    stateRoot: paths.stateRoot,
    isRole: isRoleName,
    async command(roleName, promptPath) {
      const role = await loadRole(paths, roleName, { promptPath });
      requireAbilities(role, runner);
      const command = role.command ?? settings.agentCommand;
      const [word = ""] = command;
      const fault = await commandFault(options, command);
      const closed = fault === undefined ? await probeSandbox(options, role) : undefined;
      const namedIn =
        role.command === undefined || role.path === undefined ? undefined : fromRoot(paths, role.path);
      return { word, fault, namedIn, closed };
    },
    async setUp(request) {
      const { views } = options;
      const setUp = { git, paths, settings: settings.worktree, views, ticketId: request.record?.ticket.id };
      const { name, value } = setUpMarker(stateDirectory(request));
      const environment = { ...(await environmentOf(request)), [name]: value };
      await setUpWorktree(setUp, request.worktree, environment, value);
    },
    async stopSetUp(agentId, generation) {
      const { name, value } = setUpMarker(stateDirectory({ agentId, generation }));
      await endLeftOver({ runs: [value] }, 0);
      await stopMarkedProcesses(`${name}=${value}`, agentId);
    },
    async write(request) {
      const { agentId, generation, role: roleName, record, epoch, worktree, isSupervised } = request;
      const role = await loadRole(paths, roleName, { promptPath: request.promptPath });
      const prompt = renderPrompt(role.prompt, await promptValues(options, { ...request }, record));
      const own = worktreePaths(worktree);
      const ticketId = record?.ticket.id;
      if (request.isClaimed) await options.views?.showAnew(own.ticketView, ticketId);
      // The set-up program may have laid one.
      refuseLinkedControl(worktree);
      await mkdir(own.controlDirectory, { recursive: true });
      await replaceFile(own.promptFile, `${prompt.text}${await leftBehind(options.tickets, request)}`);
      const file = { agentId, role: roleName, generation, ticketId, epoch, isSupervised };
      await replaceFile(own.agentFile, agentFileText(file));
      const { command, environment, standardInput, profile } = await prepareLaunch(options, role, {
        form: formFor(runner),
        worktree,
        stateDirectory: stateDirectory(request),
        environment: await environmentOf(request),
      });
      return {
        order: {
          agentId,
          generation,
          role: roleName,
          ...(ticketId === undefined ? {} : { ticketId }),
          cwd: worktree,
          command,
          promptFile: own.promptFile,
          promptLine: promptLine(request, relative(worktree, own.promptFile)),
          environment,
          stateDirectory: stateDirectory(request),
          inboxFile: own.inboxFile,
          startTimeoutMs: settings.startTimeoutMs,
          ...(standardInput === undefined ? {} : { standardInput }),
          profile,
        },
        warnings: [
          ...prompt.unknown.map(
            (name) =>
              `The prompt of ${roleName} names {${name}}, which stands for nothing: it was left as it is`,
          ),
          ...(settings.worktree.setUp === undefined && existsSync(join(worktree, ".gitmodules"))
            ? [
                "The submodules of its worktree are empty: 'git submodule update --init' as worktree.setUp in config.yaml fills them",
              ]
            : []),
        ],
      };
    },
  };
}

/** Attachments by which an agent leaves its work to the next one. */
const checkpoints = ["context.json", "progress.md"];

/** What an agent that takes a ticket over is told of the one before it; nothing of it is the ticket's own text. */
async function leftBehind(tickets: Tickets, { takenOver, record }: OrderRequest): Promise<string> {
  if (takenOver === undefined || record === undefined) return "";
  const { agentId, branch, salvaged } = takenOver;
  const { id } = record.ticket;
  const kept = (await tickets.attachments(id)).filter(({ name }) => checkpoints.includes(name));
  const lines = [
    `${agentId} began this ticket and cannot go on. You take it over: go on from where it was, do not begin anew.`,
    ...(branch === undefined ? [] : [`- All that it committed is on your branch already (from ${branch}).`]),
    ...(salvaged === undefined
      ? []
      : [
          `- What it had not committed: \`wiggum salvage show ${salvaged}\`, \`wiggum salvage restore ${salvaged}\`.`,
        ]),
    ...kept.map(({ name }) => `- Its checkpoint: \`wiggum ticket attachment read ${id} ${name}\`.`),
  ];
  return `\n\n## Taken over\n\n${lines.join("\n")}\n`;
}

/** Typed or given as an argument: one line, and nothing in it that comes from a ticket's text. */
function promptLine(request: OrderRequest, promptFile: string): string {
  const { agentId, role, record, isResumed } = request;
  const work = record === undefined ? "" : ` Your ticket is ${printable(record.ticket.id)}.`;
  const again = isResumed ? " You go on with work that you began in this folder." : "";
  return `Read ${promptFile} and do what it says. You are ${agentId}, a ${role}.${work}${again}`;
}

/** A role may need what not every runner can do. @throws RUNNER_UNSUPPORTED */
function requireAbilities(role: Role, runner: AgentRunner): void {
  const missing = role.needs.find((ability) => !runner.supports[ability]);
  if (missing === undefined) return;
  throw new WorkflowError(
    "RUNNER_UNSUPPORTED",
    `The role ${role.name} needs '${missing}', which the ${runner.name} runner has not`,
    { runner: runner.name, method: missing },
    {
      hint: `Use another runner, or take '${missing}' out of 'needs' in ${printable(role.path ?? role.name)}.`,
    },
  );
}
