// What `wiggum init` says and asks.
import type { InitPlan, InitReport } from "@wiggum/control-plane";
import type { Context } from "./context.js";
import type { Messages } from "./messages.js";
import { printable } from "./printable.js";

const titles: Readonly<Record<InitPlan["kind"], string>> = {
  upgrade: "Plan: upgrade the project of the shell version in",
  complete: "Plan: complete the project in",
  "set up": "Plan: set up a project in",
};

/** The plan line by line, for a person or a script. */
export function planText(plan: InitPlan): string {
  return planLines(plan)
    .map((line) => `${printable(line)}\n`)
    .join("");
}

function planLines({ root, kind, steps }: InitPlan): readonly string[] {
  const lines = steps.map(
    ({ verb, path, detail }) => `  ${verb.padEnd(6)} ${path}${detail === undefined ? "" : `: ${detail}`}`,
  );
  return [`${titles[kind]} ${root}`, ...(lines.length === 0 ? ["  nothing to do"] : lines)];
}

/** Shows the plan of an upgrade and asks a person; anything but a clear yes is a no. Answers whether an upgrade may be done. */
export async function confirmUpgrade(context: Context, plan: InitPlan, isAsked: boolean): Promise<boolean> {
  if (plan.kind !== "upgrade") return false;
  for (const line of planLines(plan)) context.messages.plain(line);
  if (isAsked || !context.host.isInteractive) return isAsked;
  return /^y(es)?$/i.test((await context.host.ask("Upgrade it? [y/N] ")).trim());
}

/** What was done, part by part. */
export function sayParts(messages: Messages, { kind, parts, agent, profile }: InitReport): void {
  if (kind === "existing") messages.info("wiggum directory already exists");
  else if (kind === "new") messages.info("Creating wiggum directory structure...");
  else messages.info("Upgrading the project of the shell version...");
  for (const { path, outcome, detail } of parts) {
    const told = detail === undefined ? path : `${path} (${detail})`;
    if (outcome === "kept" && detail === undefined) messages.debug(`Kept ${told}`);
    else if (outcome === "kept") messages.info(`Kept ${told}`);
    else messages.ok(`${outcome === "created" ? "Created" : "Changed"} ${told}`);
  }
  const known = `profile ${profile.name}${profile.verified.length === 0 ? ", not verified" : `, verified with ${profile.verified.join(", ")}`}`;
  if (agent.isOnPath) messages.info(`Agent command: ${agent.command} (${known})`);
  else
    messages.warn(
      `Agent command: ${agent.command}, which cannot be started here: install it, or ${otherAgent(agent)}`,
    );
}

function otherAgent({ source }: InitReport["agent"]): string {
  return source === "environment"
    ? "correct WIGGUM_AGENT_CMD in the environment"
    : "name another one with 'wiggum init --agent COMMAND'";
}
