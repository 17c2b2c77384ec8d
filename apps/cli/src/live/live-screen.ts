import type { Project } from "@wiggum/control-plane";
import type { Host, TerminalScreen } from "../context.js";
import type { EventLog } from "./event-log.js";
import { changeMark, type Looked, look } from "./live-view.js";
import { renderLive } from "./render-live.js";

/** How often times are drawn and the project is asked whether it changed. */
const beatMs = 1_000;
/** A look although nothing seems to have changed: hooks and branches change without a ticket. */
const fullLookMs = 10_000;

export interface LiveScreen {
  /** Something was said or done: opens the screen at the first time. */
  changed(): void;
  elapsedMs(): number;
  /** Gives what a last look shows; `undefined` where there was no screen, or no look was possible. */
  close(): Promise<Looked | undefined>;
}

export interface LiveScreenOptions {
  readonly project: Project;
  readonly openScreen: NonNullable<Host["openScreen"]>;
  /** Fires when the run is to end. */
  readonly signal: AbortSignal;
  readonly log: EventLog;
}

/** Draws a project on a screen until it is closed: at every event, at every key, and once a second. */
export function createLiveScreen({ project, openScreen, signal, log }: LiveScreenOptions): LiveScreen {
  const startMs = project.clock.monotonicMs();
  const elapsedMs = () => project.clock.monotonicMs() - startMs;
  let opening: Promise<void> | undefined;
  let screen: TerminalScreen | undefined;
  let beat: NodeJS.Timeout | undefined;
  let isHelpShown = false;

  let looked: Looked = {
    ...unseen,
    session: project.settings.session,
    maxAgents: project.settings.maxAgents,
  };
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  let looking: Promise<void> | undefined;
  let isStale = true;
  let mark = "";
  let trouble: string | undefined;

  const refresh = async () => {
    try {
      const current = await changeMark(project);
      if (isStale || current !== mark || elapsedMs() - lookedAtMs >= fullLookMs) {
        isStale = false;
        const told = looked.trouble;
        looked = await look(project);
        if (looked.trouble !== undefined && looked.trouble !== told) log.messages.warn(looked.trouble);
        lookedAtMs = elapsedMs();
        mark = current;
      }
      trouble = undefined;
    } catch (error) {
      // The run itself meets the same and decides what becomes of it; here it is only told, and once.
      const reason = error instanceof Error ? error.message : String(error);
      if (reason !== trouble) log.messages.warn(`The screen could not be brought up to date: ${reason}`);
      trouble = reason;
      isStale = true;
    }
  };
  const refreshAndDraw = () => {
    looking ??= refresh().finally(() => {
      looking = undefined;
      draw();
    });
  };
  const draw = () => {
    if (screen === undefined) return;
    const { columns, rows } = screen.size();
    const sinceMs = Math.max(0, Math.min(elapsedMs(), elapsedMs() - lookedAtMs));
    const agents = looked.agents.map((agent) => ({ ...agent, uptimeMs: agent.uptimeMs + sinceMs }));
    const view = {
      ...looked,
      agents,
      elapsedMs: elapsedMs(),
      isEnding: signal.aborted,
      isHelpShown,
      hasKeys: screen.hasKeys,
      events: log.lines,
    };
    screen.draw(renderLive(view, columns, rows));
  };
  const open = async () => {
    screen = await openScreen({
      onResize: draw,
      onText(text) {
        log.addText(text);
        draw();
      },
      onKey(key) {
        if (key === "q" && !signal.aborted) screen?.interrupt();
        if (key === "?") isHelpShown = !isHelpShown;
        if (key === "\u001b") isHelpShown = false;
        draw();
      },
    });
    beat = setInterval(() => {
      draw();
      refreshAndDraw();
    }, beatMs);
    draw();
  };
  return {
    elapsedMs,
    changed() {
      isStale = true;
      opening ??= open();
      draw();
      refreshAndDraw();
    },
    async close() {
      await opening;
      clearInterval(beat);
      screen?.close();
      screen = undefined;
      await looking;
      if (opening === undefined) return undefined;
      isStale = true;
      await refresh();
      return trouble === undefined ? looked : undefined;
    },
  };
}

/** Before the first look. */
const unseen = { running: 0, waits: [], agents: [], tickets: [], inWork: [] };
