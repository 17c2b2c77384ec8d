import { printable, readKeeper, type Session } from "@wiggum/runner-process/sessions";
import { tmuxFailed } from "./failures.js";
import { marks } from "./launch-script.js";
import { missedEnd, remindOfEnds } from "./missed-ends.js";
import type { TmuxClient } from "./tmux-client.js";

/** A pane that an agent of ours runs in, or ran in until it ended. */
export interface AgentPane {
  /** `%5`: never given twice by one server. */
  readonly paneId: string;
  readonly windowId: string;
  readonly sessionId: string;
  readonly isDead: boolean;
  /** A person scrolls or chooses in it: keys do not reach the program. */
  readonly isInMode: boolean;
  /** What is typed into it is typed into all panes of its window. */
  readonly isSynchronized: boolean;
  /** Somebody switched its keyboard off. */
  readonly isInputOff: boolean;
  /** The window shows one pane only. */
  readonly isZoomed: boolean;
  readonly hasAlternateScreen: boolean;
  /** Path of its terminal. */
  readonly terminal: string;
}

const fields = [
  "pane_id",
  "window_id",
  "session_id",
  "pane_dead",
  "pane_in_mode",
  "pane_synchronized",
  "pane_input_off",
  "window_zoomed_flag",
  "alternate_on",
  "pane_pid",
  "pane_tty",
].map((name) => `#{${name}}`);
const format = [...fields, missedEnd].join("\t");

/**
 * The pane of a session, wherever a person moved it and whatever it is called now: by the token that it carries, and only if the process
 * that was started in it is the agent's keeper. Absent = no such pane on a server that answered, or no server any more.
 * @throws RUNNER_FAILED tmux does not answer: nobody knows
 */
export async function findPane(client: TmuxClient, session: Session): Promise<AgentPane | undefined> {
  const keeperPid = await readKeeper(session);
  const found = await panesOf(client, session);
  return keeperPid === undefined ? undefined : found.find(({ pid }) => pid === keeperPid)?.pane;
}

/** All panes that were made for a session: also those of a keeper that came second. */
export async function panesOf(
  client: TmuxClient,
  session: Session,
): Promise<readonly { readonly pid: number; readonly pane: AgentPane }[]> {
  const filter = `#{==:#{${marks.session}},${session.token}}`;
  const answer = await client.run(["list-panes", "-a", "-f", filter, "-F", format]);
  if (answer.isWithoutServer) return [];
  // Also a live server without any session answers so.
  if (!answer.isDone && /^no (current|sessions|server)/.test(answer.error)) return [];
  if (!answer.isDone) throw cannotLook(session, answer.error);
  const lines = answer.output.split("\n").filter((line) => line !== "");
  remindOfEnds(lines.map((line) => line.split("\t")[fields.length] ?? ""));
  return lines.map((line) => parsePane(line));
}

/** Removes a pane, unless it is not that session's any more; its window and session go with the last one. */
export async function removePane(client: TmuxClient, session: Session, paneId: string): Promise<void> {
  // Compared and removed in one step of the server: after a restart of it, the id may be a stranger's.
  const isOurs = `#{&&:#{==:#{pane_id},${paneId}},#{==:#{${marks.session}},${session.token}}}`;
  await client.run(["if-shell", "-F", "-t", paneId, isOurs, `kill-pane -t ${paneId}`]);
}

export function cannotLook(session: Pick<Session, "agentId">, why: string) {
  return tmuxFailed(`The pane of ${printable(session.agentId)} cannot be looked at: ${why}`, {
    hint: "This says nothing about the agent: `wiggum list` shows what is known of it.",
  });
}

function parsePane(line: string): { readonly pid: number; readonly pane: AgentPane } {
  const [
    paneId = "",
    windowId = "",
    sessionId = "",
    dead,
    inMode,
    synchronized,
    inputOff,
    zoomed,
    alternate,
    pid,
    terminal = "",
  ] = line.split("\t");
  return {
    pid: Number(pid),
    pane: {
      paneId,
      windowId,
      sessionId,
      isDead: dead === "1",
      isInMode: inMode !== "0" && inMode !== "",
      isSynchronized: synchronized === "1",
      isInputOff: inputOff === "1",
      isZoomed: zoomed === "1",
      hasAlternateScreen: alternate === "1",
      terminal,
    },
  };
}
