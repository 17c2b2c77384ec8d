import { readFile, realpath } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import { findProgram } from "@wiggum/runner-process/sessions";
import type { AgentOrder } from "@wiggum/workflow";
import type { OpenCodeCommand } from "./open-code-command.js";
import type { Settings } from "./options.js";
import {
  configurationOf,
  essentialRules,
  explicitRules,
  type PermissionRule,
  rulesOfJson,
} from "./permissions.js";
import { serverEnvironment } from "./server/server-environment.js";
import type { ServerOrder } from "./server/server-order.js";
import { type AttendantPlan, readRecord } from "./session-files.js";

/**
 * What the attendant of that order is told.
 * @throws AGENT_COMMAND_MISSING OpenCode is not there; RUNNER_FAILED
 */
export async function planSession(
  order: AgentOrder,
  command: OpenCodeCommand,
  settings: Settings,
): Promise<AttendantPlan> {
  const program = await findProgram(order);
  const { environment } = order;
  return {
    version: 1,
    title: [order.agentId, order.ticketId].filter((name) => name !== undefined).join(" "),
    // OpenCode and the plugin within it name a folder as the system does.
    directory: await realpath(order.cwd).catch(() => order.cwd),
    stateDirectory: order.stateDirectory,
    inboxFile: order.inboxFile,
    prompt: await readFile(order.promptFile, "utf8").catch(() => order.promptLine),
    command,
    server:
      typeof settings.server === "object"
        ? { kind: "foreign", ...settings.server }
        : { kind: "kept", order: serverOrder(order, program, settings) },
    ...(order.resume === undefined ? {} : { resume: await resumed(order.resume) }),
    environment,
    rules: sessionRules(order),
    policy: settings.policy,
    people: settings.people,
    limits: settings.limits,
  };
}

function sessionRules({ environment }: AgentOrder): readonly PermissionRule[] {
  return [...explicitRules, ...rulesOfJson(environment["OPENCODE_PERMISSION"])];
}

function serverOrder(order: AgentOrder, program: string, settings: Settings): ServerOrder {
  const directory = settings.server === "own" ? join(order.stateDirectory, "opencode") : settings.directory;
  return {
    directory,
    program,
    configuration: {
      ...ownConfiguration(order),
      permission: configurationOf(essentialRules(sessionRules(order))),
      ...settings.configuration,
    },
    environment: serverEnvironment(order.environment),
    startTimeoutMs: settings.serverStartMs,
  };
}

/**
 * What the agent's environment says of OpenCode's configuration, without the plugins of one agent alone: those of this one, and those that came
 * along from an agent whose command set off the hook that starts this one. They lie in folders of state.
 */
function ownConfiguration({ environment, stateDirectory }: AgentOrder): Record<string, unknown> {
  const stateRoot = dirname(dirname(stateDirectory));
  try {
    const said: unknown = JSON.parse(environment["OPENCODE_CONFIG_CONTENT"] ?? "{}");
    if (typeof said !== "object" || said === null) return {};
    const { plugin, ...rest } = said as Record<string, unknown>;
    const shared = Array.isArray(plugin)
      ? plugin.filter((one) => !String(one).startsWith(`${stateRoot}/`))
      : [];
    return shared.length === 0 ? rest : { ...rest, plugin: shared };
  } catch {
    return {};
  }
}

/** A former session: its folder of state, or its id. */
async function resumed(resume: string): Promise<string | undefined> {
  return isAbsolute(resume) ? (await readRecord(resume))?.sessionId : resume;
}
