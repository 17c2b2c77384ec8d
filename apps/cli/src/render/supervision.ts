import type {
  DelayedSpawn,
  PausedPool,
  SupervisorAction,
  SupervisorEvent,
  SupervisorPlan,
} from "@wiggum/workflow";
import type { Messages } from "../messages.js";
import { printable } from "../printable.js";
import { duration } from "./duration.js";

/** An action in words: what, then why. */
export function actionText(action: SupervisorAction): string {
  switch (action.kind) {
    case "spawn":
      return `spawn ${action.role} for ${action.ticketId}: ${action.reason}`;
    case "retire":
      return `retire ${action.agentId}: ${action.reason}`;
    case "expire":
      return `stop ${action.agentId}: ${action.reason}`;
    case "escalate":
      return `ask a person about ${action.ticketId}: ${action.reason}`;
    case "merge":
      return `merge ${action.ticketId}: ${action.reason}`;
    case "merge-batch":
      return `merge ${action.ticketIds.join(", ")}: ${action.reason}`;
  }
}

/** Whom nobody is started for at this moment, and why. */
export function delayText({ role, ticketId, failures, waitMs, reason }: DelayedSpawn): string {
  const times = failures === 1 ? "once" : `${failures} times`;
  const why = reason === undefined ? "" : `; the last time: ${reason}`;
  return `spawn ${role} for ${ticketId} in ${duration(Math.max(1_000, waitMs))}, it failed ${times}${why}`;
}

/** Why nobody is started, and for how long. */
export function pausedText({ reason, waitMs }: PausedPool): string {
  return waitMs === undefined
    ? `nobody is started until you raise it: ${reason}`
    : `nobody is started for ${duration(Math.max(1_000, waitMs))}: ${reason}`;
}

/** Tells what the supervisor did, as it happens. */
export function sayEvent(messages: Messages, event: SupervisorEvent): void {
  switch (event.kind) {
    case "started":
      messages.info(`Supervising, at most ${event.maxAgents} agents at a time`);
      break;
    case "recovered":
      messages.info(`Recovered: ${event.what}`);
      break;
    case "hooks":
      messages.info(
        `Ran ${event.ran} ${event.ran === 1 ? "hook" : "hooks"}${event.waiting > 0 ? `, ${event.waiting} wait` : ""}`,
      );
      break;
    case "action":
      // What became of each of a batch says what was done, and is long enough.
      if (event.action.kind === "merge-batch" && event.detail !== undefined) messages.ok(event.detail);
      else
        messages.ok(`${actionText(event.action)}${event.detail === undefined ? "" : ` (${event.detail})`}`);
      break;
    case "postponed":
      messages.info(`Later: ${actionText(event.action)} (${event.reason})`);
      break;
    case "failed":
      messages.warn(`Failed: ${actionText(event.action)} (${event.reason})`);
      break;
    case "delayed":
      messages.info(`Later: ${delayText(event.spawn)}`);
      break;
    case "paused":
      messages.warn(`Paused: ${pausedText(event.paused)}`);
      break;
    case "resumed":
      messages.ok("Going on: agents are started again");
      break;
    case "budget":
      messages.warn(`${event.reason.charAt(0).toUpperCase()}${event.reason.slice(1)}`);
      break;
    case "waiting":
      messages.warn(`${event.agentId} waits for you: ${event.reason}`);
      break;
    case "merging":
      messages.info(event.what);
      break;
    case "published":
      if (event.isTrouble) messages.warn(event.what);
      else messages.ok(event.what);
      break;
    case "disturbed":
      messages.warn(`${event.reason}; trying again`);
      break;
    case "finished":
      messages.debug("Nothing is left to do");
      break;
  }
}

/** What one round would do, line by line. */
export function planText({ actions, delayed, paused, stuck, isFinished }: SupervisorPlan): string {
  const lines = [
    ...actions.map(actionText),
    ...(paused === undefined ? [] : [`paused: ${pausedText(paused)}`]),
    ...delayed.map((spawn) => `wait: ${delayText(spawn)}`),
    ...stuck.map(({ ticketId, reason }) => `stuck: ${ticketId}: ${reason}`),
    ...(isFinished ? ["finished: nothing is left to do"] : []),
    ...(actions.length + delayed.length === 0 && paused === undefined && !isFinished
      ? ["wait: nothing can be done now"]
      : []),
  ];
  return lines.map((line) => `${printable(line)}\n`).join("");
}
