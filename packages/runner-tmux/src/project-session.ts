import { rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { printable } from "@wiggum/runner-process/sessions";
import { tmuxFailed } from "./failures.js";
import { knownLayout } from "./known-layout.js";
import { marks } from "./launch-script.js";
import type { ServerNote } from "./server-note.js";
import { writeServerSettings } from "./server-settings.js";
import { prepareSocketFolder } from "./socket.js";
import type { TmuxClient } from "./tmux-client.js";
import { literal } from "./tmux-client.js";

/** What is needed to make and find the tmux session of one project. */
export interface ProjectSessionSettings {
  readonly client: TmuxClient;
  readonly serverNote: ServerNote;
  readonly socketPath: string;
  readonly isPrivate: boolean;
  /** The project's: where panes that a person opens start, since worktrees come and go. */
  readonly root: string;
  readonly projectKey: string;
  readonly sessionName: string;
  readonly directory: string;
  readonly layout: string;
  readonly configFile: string | undefined;
  readonly warn: (text: string) => void;
}

const mainWindow = "main";
/** A server that is just ending answers so; the next attempt meets a new one. */
const endingServer =
  /server exited unexpectedly|lost server|no server running|error connecting|server is exiting/;
const mostAttempts = 5;

/** Id of the project's session (`$0`), whatever a person calls it now; absent where there is none. @throws RUNNER_FAILED nobody knows */
export async function findProjectSession(settings: ProjectSessionSettings): Promise<string | undefined> {
  const { client, projectKey, serverNote } = settings;
  const isOurs = `#{==:#{${marks.project}},${projectKey}}`;
  const answer = await client.run(["list-sessions", "-f", isOurs, "-F", "#{session_id} #{pid}"]);
  if (answer.isWithoutServer) return undefined;
  if (!answer.isDone && /^no (current|sessions|server)/.test(answer.error)) return undefined;
  if (!answer.isDone) throw tmuxFailed(`tmux cannot list its sessions: ${answer.error}`);
  const [sessionId = "", pid = ""] = answer.output.split("\n", 1)[0]?.split(" ") ?? [];
  if (sessionId === "") return undefined;
  await serverNote.write(Number(pid));
  return sessionId;
}

/** Opens a pane that runs `command` in `folder`, in a session that is made if need be. To be called under the server's lock. */
export async function openPane(
  settings: ProjectSessionSettings,
  folder: string,
  command: readonly string[],
): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    const sessionId = await findProjectSession(settings);
    const answer =
      sessionId === undefined
        ? await openSession(settings, command)
        : await splitWindow(settings, sessionId, folder, command);
    if ("paneId" in answer) return answer.paneId;
    if (attempt === mostAttempts || !endingServer.test(answer.error)) {
      throw tmuxFailed(`tmux could not open a pane: ${answer.error}`);
    }
    await sleep(50 * attempt);
  }
}

type Opened = { readonly paneId: string } | { readonly error: string };

async function openSession(settings: ProjectSessionSettings, command: readonly string[]): Promise<Opened> {
  const { client, root, socketPath, isPrivate, projectKey, directory } = settings;
  prepareSocketFolder(socketPath);
  const configFile = isPrivate ? writeServerSettings(directory) : undefined;
  const name = sessionNameOf(settings.sessionName);
  let error = "";
  for (let number = 1; number < 10; number += 1) {
    const tried = number === 1 ? name : `${name}-${number}`;
    const answer = await client.run(
      [
        ...["new-session", "-d", "-P", "-F", "#{session_id} #{pane_id}", "-s", tried, "-n", mainWindow],
        ...["-x", "200", "-y", "50", "--", ...command.map(literal)],
      ],
      { cwd: root, startsServer: true, configFile },
    );
    if (answer.isDone) {
      const [sessionId = "", paneId = ""] = answer.output.trim().split(" ");
      await client.run(["set-option", "-t", sessionId, marks.project, projectKey]);
      await findProjectSession(settings);
      await sourceOwnSettings(settings, paneId);
      return { paneId };
    }
    error = answer.error;
    // A person's session has our name: theirs is left alone.
    if (!error.startsWith("duplicate session")) break;
  }
  return { error };
}

async function splitWindow(
  settings: ProjectSessionSettings,
  sessionId: string,
  folder: string,
  command: readonly string[],
): Promise<Opened> {
  const { client } = settings;
  const windows = await client.run([
    ...["list-panes", "-s", "-t", sessionId],
    ...["-F", `#{window_id} #{?${marks.session},agent,}`],
  ]);
  if (!windows.isDone) return { error: windows.error };
  const lines = windows.output.trim().split("\n");
  const [windowId = ""] = (lines.find((line) => line.endsWith(" agent")) ?? lines.at(-1) ?? "").split(" ");
  const program = ["-P", "-F", "#{pane_id}", "--", ...command.map(literal)];
  const split = () => client.run(["split-window", "-d", "-t", windowId, ...program], { cwd: folder });
  let answer = await split();
  if (!answer.isDone && answer.error.startsWith("no space")) {
    await client.run(["select-layout", "-t", windowId, "tiled"]);
    answer = await split();
  }
  if (!answer.isDone && answer.error.startsWith("no space")) {
    answer = await client.run(["new-window", "-d", "-t", `${sessionId}:`, "-n", mainWindow, ...program], {
      cwd: folder,
    });
  }
  return answer.isDone ? { paneId: answer.output.trim() } : { error: answer.error };
}

/** Lets all panes of a window have their place again. A person who looks at one of them alone goes on doing so. */
export async function applyLayout(settings: ProjectSessionSettings, windowId: string): Promise<void> {
  const { client, warn } = settings;
  const ask = ["display-message", "-p", "-t", windowId, "#{window_id} #{window_zoomed_flag} #{version}"];
  const window = await client.run(ask);
  const [id, zoomed, version = ""] = window.output.trim().split(" ");
  // Gone, or zoomed.
  if (!window.isDone || id !== windowId || zoomed !== "0") return;
  const { layout, remark } = knownLayout(settings.layout, version);
  if (remark !== undefined) warn(remark);
  if (layout === undefined) return;
  const answer = await client.run(["select-layout", "-t", windowId, "--", literal(layout)]);
  if (!answer.isDone) warn(`tmux does not take the layout ${JSON.stringify(layout)}: ${answer.error}`);
}

/** `.wiggum/tmux.conf`, with our session as the one that commands without a target mean. */
async function sourceOwnSettings(settings: ProjectSessionSettings, paneId: string): Promise<void> {
  const { client, configFile, warn } = settings;
  if (configFile === undefined) return;
  const text = await readFile(configFile, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") warn(`${printable(configFile)} cannot be read: ${printable(error.message)}`);
    return undefined;
  });
  if (text === undefined || text.trim() === "") return;
  // From standard input: a path would be taken for a pattern of file names.
  const answer = await client.run(["source-file", "-"], { input: text, pane: paneId });
  const complaint = [answer.error, answer.output.trim()].filter((part) => part !== "").join("; ");
  if (complaint !== "") warn(`tmux does not take all of ${printable(configFile)}: ${printable(complaint)}`);
}

/** Ends a private server that has no session any more, and what is left of its socket. To be called under the server's lock. */
export async function endEmptyServer(settings: ProjectSessionSettings): Promise<void> {
  const { client, isPrivate, socketPath } = settings;
  if (!isPrivate) return;
  const sessions = await client.run(["list-sessions", "-F", "#{session_id}"]);
  const isEmpty = sessions.isDone ? sessions.output.trim() === "" : /^no sessions/.test(sessions.error);
  if (!isEmpty && !sessions.isWithoutServer) return;
  await settings.serverNote.forget();
  if (isEmpty) await client.run(["kill-server"], { isEnding: true });
  const giveUpAtMs = performance.now() + 5_000;
  // A start that meets a dying server loses its session: so nobody gets past the lock before it is dead.
  while (!(await client.run(["list-sessions"], { isEnding: true })).isWithoutServer) {
    if (performance.now() > giveUpAtMs) return;
    await sleep(10);
  }
  rmSync(socketPath, { force: true });
}

/** As tmux takes it, without what a target would mean. */
export function sessionNameOf(name: string): string {
  const plain = name.replace(/[\u0000-\u0020:.=$@%{}*?[\]#\u007f]/g, "_").replace(/^[-+!]/, "_");
  return plain === "" ? "wiggum" : plain;
}
