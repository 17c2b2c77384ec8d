import { tmuxFailed } from "./failures.js";
import { marks } from "./launch-script.js";
import { missedEnd, remindOfEnds } from "./missed-ends.js";
import { findProjectSession, type ProjectSessionSettings } from "./project-session.js";

/** The project's session as tmux shows it now. */
export interface TmuxSession {
  /** `$0`. */
  readonly id: string;
  /** As it is called now; a person may have renamed it. */
  readonly name: string;
  readonly socketPath: string;
  readonly panes: readonly TmuxPane[];
}

/** A pane of the project's session. */
export interface TmuxPane {
  /** `%5`: what `panels.json` and scripts name it by. */
  readonly paneId: string;
  readonly windowIndex: number;
  /** Its place in the window; changes when panes come and go. */
  readonly paneIndex: number;
  /** Absent for a pane that a person opened. */
  readonly agentId?: string | undefined;
  readonly generation?: number | undefined;
  /** Its program has ended. */
  readonly isDead: boolean;
}

export async function readProjectPanes(settings: ProjectSessionSettings): Promise<TmuxSession | undefined> {
  const { client, socketPath } = settings;
  const id = await findProjectSession(settings);
  if (id === undefined) return undefined;
  const fields = ["pane_id", "window_index", "pane_index", "pane_dead", marks.agent, marks.generation];
  const format = [...fields.map((field) => `#{${field}}`), missedEnd, "#{session_name}"].join("\t");
  const answer = await client.run(["list-panes", "-s", "-t", id, "-F", format]);
  if (!answer.isDone) {
    // It ended between two questions.
    if ((await findProjectSession(settings)) === undefined) return undefined;
    throw tmuxFailed(`tmux cannot list the panes of the session: ${answer.error}`);
  }
  const rows = answer.output
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split("\t"));
  remindOfEnds(rows.map((row) => row[6] ?? ""));
  return { id, name: rows[0]?.slice(7).join("\t") ?? "", socketPath, panes: rows.map(paneOf) };
}

function paneOf([
  paneId = "",
  windowIndex,
  paneIndex,
  dead,
  agentId = "",
  generation = "",
]: readonly string[]): TmuxPane {
  return {
    paneId,
    windowIndex: Number(windowIndex),
    paneIndex: Number(paneIndex),
    ...(agentId === "" ? {} : { agentId }),
    ...(generation === "" ? {} : { generation: Number(generation) }),
    isDead: dead === "1",
  };
}
