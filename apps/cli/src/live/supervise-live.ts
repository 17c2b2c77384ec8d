import type { Project } from "@wiggum/control-plane";
import type { SupervisorEvent, SupervisorResult } from "@wiggum/workflow";
import type { Context, Host } from "../context.js";
import type { Messages } from "../messages.js";
import { duration } from "../render/duration.js";
import { sayEvent } from "../render/supervision.js";
import { waitingText } from "../waiting.js";
import { createEventLog, type EventLine } from "./event-log.js";
import { createLiveScreen } from "./live-screen.js";
import type { Looked } from "./live-view.js";

/** More than any screen shows. */
const mostEvents = 200;
/** Warnings and failures that are told again at the end, the last ones. */
const mostTold = 10;

/**
 * Supervises with a screen that shows what goes on, and leaves a summary on the ordinary screen. The screen opens with the first event: a run that is
 * refused shows nothing but why.
 */
export async function superviseLive(
  context: Context,
  project: Project,
  openScreen: NonNullable<Host["openScreen"]>,
  signal: AbortSignal,
  supervise: (report: (event: SupervisorEvent) => void) => Promise<SupervisorResult>,
): Promise<SupervisorResult> {
  const log = createEventLog(() => project.clock.now(), mostEvents);
  const screen = createLiveScreen({ project, openScreen, signal, log });
  const actions = { done: 0, failed: 0 };
  try {
    return await supervise((event) => {
      if (event.kind === "action") actions.done += 1;
      if (event.kind === "failed") actions.failed += 1;
      sayEvent(log.messages, event);
      screen.changed();
    });
  } finally {
    const last = await screen.close();
    if (last !== undefined)
      summarise(context.messages, log.lines, last, { ...actions, elapsedMs: screen.elapsedMs() });
  }
}

/** What stays when the screen is gone: how it stands, what went wrong, and what to type next. */
function summarise(
  messages: Messages,
  lines: readonly EventLine[],
  { agents, tickets, waits }: Looked,
  { done, failed, elapsedMs }: { readonly done: number; readonly failed: number; readonly elapsedMs: number },
): void {
  const wentWrong = lines.filter(({ kind }) => kind === "warn" || kind === "error");
  for (const { kind, text } of wentWrong.slice(-mostTold)) {
    if (kind === "error") messages.error(text);
    else messages.warn(text);
  }
  const failures = failed === 0 ? "" : `, ${failed} failed`;
  messages.info(
    `Supervised for ${duration(elapsedMs)}: ${done} ${done === 1 ? "action" : "actions"} done${failures}`,
  );
  const counts = tickets.filter(({ count }) => count > 0).map(({ state, count }) => `${state} ${count}`);
  messages.info(`Tickets: ${counts.length === 0 ? "none" : counts.join(", ")}`);
  const running = agents.filter(({ state }) => state !== "exited" && state !== "lost");
  if (running.length > 0) messages.info(`Agents run on: ${running.map(({ agentId }) => agentId).join(", ")}`);
  for (const wait of waits) messages.info(`Waits for you: ${waitingText(wait)} (${wait.commands[0]})`);
}
