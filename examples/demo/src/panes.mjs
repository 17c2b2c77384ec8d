// The demo in panes of tmux: shown on the terminal that it runs in, and ended without a server or a socket left.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** Between two looks for a session to show. */
const lookMs = 300;

/** Lends the terminal to the panes, whenever there are any, until the run has ended or the person went back (C-b d). */
export async function showPanes(command, project, environment, ended) {
  let isOver = false;
  ended.then(() => {
    isOver = true;
  });
  const ask = () =>
    spawnSync(command, ["attach", "--json"], { cwd: project, env: environment, encoding: "utf8" }).status ===
    0;
  while (!isOver) {
    if (ask()) {
      const watching = spawn(command, ["attach"], { cwd: project, env: environment, stdio: "inherit" });
      await new Promise((resolve) => watching.once("exit", resolve));
      // The session is there and nobody looks: that was the person's choice.
      if (!isOver && ask()) return;
    }
    await sleep(lookMs);
  }
}

/** Ends agents, session and server. @returns in words what is left */
export function endPanes(command, project, environment) {
  const record = join(project, ".wiggum", "state", "tmux", "socket-private");
  if (!existsSync(record)) return ["no agent ran in a pane"];
  const socket = readFileSync(record, "utf8").trim();
  const ended = spawnSync(command, ["teardown", "--force"], {
    cwd: project,
    env: environment,
    encoding: "utf8",
  });
  return [
    // 3: the session went with its last agent.
    ...([0, 3].includes(ended.status) ? [] : [`wiggum teardown ended with ${ended.status}: ${ended.stderr}`]),
    ...(existsSync(socket) ? [`the socket ${socket} is left`] : []),
  ];
}
