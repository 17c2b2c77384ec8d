import { join } from "node:path";
import {
  createSessionRunner,
  currentSession,
  printable,
  type Session,
  sessionOf,
} from "@wiggum/runner-process/sessions";
import {
  type AgentHandle,
  type AgentRunner,
  deriveState,
  explainState,
  isWorkflowError,
  type Message,
} from "@wiggum/workflow";
import { attachCommand } from "./attach-commands.js";
import { clientEnvironment } from "./client-environment.js";
import { endFormerPanes, endPanes } from "./end-panes.js";
import { runnerName, tmuxFailed } from "./failures.js";
import { underLock } from "./kernel-lock.js";
import { launchInPane, type PaneLaunchSettings } from "./launch-in-pane.js";
import { type KnownState, parseOptions, type TmuxRunnerOptions } from "./options.js";
import { paneFiles } from "./pane-files.js";
import { readPaneId, readProfile, writeProfile } from "./pane-records.js";
import { type AgentPane, findPane } from "./panes.js";
import { createPlaces, type ServerKind } from "./places.js";
import { findTmux } from "./probe.js";
import { watchesScreen } from "./profile.js";
import { endEmptyServer } from "./project-session.js";
import { endOfRecording, followRecording, settleRecording } from "./recording-reader.js";
import { finishRecording, keepOutput, readOutput } from "./saved-output.js";
import { createScreenMemory } from "./screen-memory.js";
import { sendTyped } from "./send-message.js";
import { createServerNote } from "./server-note.js";
import { readProjectPanes, type TmuxSession } from "./session-view.js";
import { projectKey, socketPathOf } from "./socket.js";
import { createTmuxClient, literal, type TmuxClient } from "./tmux-client.js";
import { leaveModes } from "./type-into-pane.js";
import { watchScreen } from "./watch-screen.js";

/** An `AgentRunner` with what only panes have. */
export interface TmuxRunner extends AgentRunner {
  readonly attach: NonNullable<AgentRunner["attach"]>;
  readonly follow: NonNullable<AgentRunner["follow"]>;
  readonly keys: NonNullable<AgentRunner["keys"]>;
  /** The project's session with its panes, whatever they are called now; absent where there is none. @throws RUNNER_FAILED nobody knows */
  session(): Promise<TmuxSession | undefined>;
  /** As `attach`, for the session as a whole; absent where there is none. */
  attachSession(): Promise<readonly string[] | undefined>;
  /** Sends all terminals that show the session back to where they came from. */
  detach(): Promise<void>;
  /** Ends the session with all its panes, those that a person opened included, and then the private server. Stop the agents first. */
  endSession(): Promise<void>;
  /** Variables for a hook, so that a bare `tmux` in it reaches the server of the agents, whichever one its caller sits in. */
  hookEnvironment(): Promise<Readonly<Record<"TMUX", string>>>;
}

/**
 * Agents in panes of tmux: one session of a project, one pane of an agent, to be watched, typed into and taken over by a person. All that is
 * known of an agent lies in its state directory, in the environment of its processes and in marks on its pane, so any process of this host
 * can go on with it.
 */
export function createTmuxRunner(options: TmuxRunnerOptions): TmuxRunner {
  const settings = parseOptions(options);
  const { clock, directory, maxOutputBytes } = settings;
  const environment = clientEnvironment(settings.environment);
  const serverLock = join(directory, "server.lock");

  const places = createPlaces(settings, prepare);
  const { open } = places;
  async function prepare(server: ServerKind): Promise<PaneLaunchSettings> {
    const tmux = await findTmux(settings.program, environment);
    const socketPath = socketPathOf({ ...settings, server });
    const serverNote = createServerNote(directory, server, socketPath);
    const { revive } = serverNote;
    const timeoutMs = settings.answerMs;
    return {
      tmux,
      socketPath,
      serverLock,
      serverNote,
      client: createTmuxClient({ program: tmux, socketPath, environment, timeoutMs, revive }),
      lockPatienceMs: settings.lockPatienceMs,
      isPrivate: server === "private",
      root: settings.root,
      projectKey: projectKey(settings.root),
      sessionName: settings.sessionName,
      directory,
      layout: settings.layout,
      configFile: settings.configFile,
      warn: settings.warn,
    };
  }

  const inner = createSessionRunner({
    ...settings.sessionSettings,
    name: runnerName,
    hasTerminal: true,
    launchKeeper: async (launch) => {
      await writeProfile(launch.order.stateDirectory, settings.profileOf(launch.order));
      return await launchInPane(await open(), launch);
    },
  });

  const screens = createScreenMemory(() => clock.monotonicMs());

  const withPane = async (handle: AgentHandle): Promise<AgentHandle> => {
    // Started by another runner before: that is its session still.
    if (handle.runner !== runnerName) return handle;
    const paneId = await readPaneId(sessionOf(handle, runnerName));
    return paneId === undefined ? handle : { ...handle, data: { ...handle.data, paneId } };
  };

  /** @throws RUNNER_FAILED there is none, or nobody knows */
  async function requirePane(handle: AgentHandle, session: Session, client: TmuxClient): Promise<AgentPane> {
    const pane = await findPane(client, session);
    if (pane !== undefined) return pane;
    throw tmuxFailed(`${printable(handle.agentId)} has no pane any more`, {
      hint: "It was closed, or its tmux server has ended: 'wiggum logs' shows what it printed.",
    });
  }

  /** Agents live without tmux, too. */
  const placeOf = (session: Session) =>
    places
      .of(session)
      .catch(open)
      .catch(() => undefined);

  const underTypingLock = <Result>(session: Session, work: () => Promise<Result>) =>
    underLock(paneFiles(session.stateDirectory).typingLock, settings.lockPatienceMs, work);

  async function knownState(handle: AgentHandle): Promise<KnownState> {
    if (settings.stateOf !== undefined) return await settings.stateOf(handle);
    const derived = deriveState(await runner.observe(handle), {
      nowMs: clock.monotonicMs(),
      generation: handle.generation,
    });
    return { state: derived.state, why: explainState(derived) };
  }

  /** What is left over of panes is no reason to fail: the agents are started or stopped. */
  async function tidy(agentId: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!isWorkflowError(error)) throw error;
      settings.warn(`A pane of ${printable(agentId)} could not be removed: ${error.message}`);
    }
  }

  const runner: TmuxRunner = {
    ...inner,
    // On a screen no program says what it costs in a way that could be read.
    supports: { ...inner.supports, attach: true, cost: false },

    async start(order) {
      const handle = await withPane(await inner.start(order));
      if (order.generation > 1)
        await tidy(order.agentId, () => endFormerPanes(places, order, maxOutputBytes));
      return handle;
    },

    async discover(scope) {
      return await Promise.all((await inner.discover(scope)).map(withPane));
    },

    async observe(handle) {
      const known = await inner.observe(handle);
      const [life, ...others] = known;
      if (life?.fact.kind !== "running") return known;
      const session = sessionOf(handle, runnerName);
      const glance = await inner.glance?.(handle);
      const remembered = screens.recall(session.token, glance);
      if (remembered !== undefined) return [life, ...remembered, ...others];
      try {
        const fromMs = clock.monotonicMs();
        const { client } = await places.of(session);
        const pane = await findPane(client, session);
        const profile = await readProfile(session);
        if (pane === undefined)
          return [{ ...life, detail: `${life.detail ?? ""}, its pane is gone` }, ...others];
        if (pane.isDead) return known;
        const seen = watchesScreen(profile)
          ? await watchScreen(client, pane.paneId, profile, handle, () => clock.monotonicMs())
          : [];
        screens.keep(session.token, glance, fromMs, seen);
        return [life, ...seen, ...others];
      } catch (error) {
        // A probe that fails adds nothing.
        if (isWorkflowError(error)) return known;
        throw error;
      }
    },

    async send(handle, message: Message) {
      const session = await currentSession(handle, runnerName);
      const profile = await readProfile(session);
      if (profile.messages === "inbox") return await inner.send(handle, message);
      const life = (await inner.observe(handle))[0]?.fact.kind;
      if (life === "exited" || life === "lost") {
        const reason = `its session has ended (${life})`;
        return { status: "refused", messageId: message.id, reason, hasEnded: true };
      }
      const { client } = await places.of(session);
      return await sendTyped(session, message, profile, {
        client,
        environment,
        waits: settings.waits,
        lockPatienceMs: settings.lockPatienceMs,
        now: () => clock.now(),
        whyNotNow: async () => {
          const { state } = await knownState(handle);
          const isReady = state === "idle" || (state === "busy" && profile.takesMessagesWhileBusy === true);
          return isReady ? undefined : `only an idle agent is typed to; it is ${state}`;
        },
      });
    },

    async output(handle, lastLines) {
      // What was kept can be read without tmux, too.
      const session = sessionOf(handle, runnerName);
      const place = await placeOf(session);
      return await readOutput(place?.client, session, lastLines, maxOutputBytes);
    },

    async interrupt(handle) {
      const session = await currentSession(handle, runnerName);
      const place = await placeOf(session);
      if (place === undefined) return await inner.interrupt(handle);
      const { client } = place;
      await underTypingLock(session, async () => {
        const pane = await findPane(client, session);
        if (pane?.isDead === true) return;
        // Without a pane of its own to press a key in, the signal that the key stands for.
        if (pane === undefined || pane.isSynchronized || pane.isInputOff)
          return await inner.interrupt(handle);
        await leaveModes(client, pane.paneId);
        await client.run(["send-keys", "-t", pane.paneId, "C-c"]);
      });
    },

    async stop(handle) {
      const session = sessionOf(handle, runnerName);
      const place = await placeOf(session);
      const pane = place && (await findPane(place.client, session).catch(() => undefined));
      // A program that paints the whole screen clears it when it ends.
      const isKept = place !== undefined && pane?.hasAlternateScreen === true;
      if (isKept) await keepOutput(place.client, session, pane, maxOutputBytes);
      const report = await inner.stop(handle);
      if (report.stopped && place !== undefined) {
        await tidy(session.agentId, () => endPanes(place, session, isKept ? undefined : maxOutputBytes));
      }
      return report;
    },

    follow(handle, signal) {
      const session = sessionOf(handle, runnerName);
      // In place, because what is printed from this moment on belongs to what is followed.
      const { program, answerMs: timeoutMs } = settings;
      for (const server of places.kinds()) {
        const socketPath = socketPathOf({ ...settings, server });
        try {
          const client = createTmuxClient({ program, socketPath, environment, timeoutMs });
          settleRecording(session.stateDirectory, client);
        } catch (error) {
          if (!isWorkflowError(error)) throw error;
        }
      }
      const from = endOfRecording(session.stateDirectory);
      return followRecording(session.stateDirectory, from, signal, {
        pollMs: settings.followPollMs,
        hasEnded: async () => {
          const kind = (await inner.observe(handle).catch(() => []))[0]?.fact.kind;
          return kind === "exited" || kind === "lost";
        },
        finish: () => finishRecording(session),
      });
    },

    async keys(handle, keys) {
      const session = await currentSession(handle, runnerName);
      const { client } = await places.of(session);
      await underTypingLock(session, async () => {
        const { paneId, isDead, isSynchronized } = await requirePane(handle, session, client);
        if (isDead) throw tmuxFailed(`${printable(handle.agentId)} has ended: nobody reads what is typed`);
        if (isSynchronized)
          throw tmuxFailed(`The window of ${printable(handle.agentId)} has synchronize-panes on`);
        await leaveModes(client, paneId);
        const answer = await client.run(["send-keys", "-t", paneId, "--", ...keys.map(literal)]);
        if (!answer.isDone) throw tmuxFailed(`tmux did not take the keys: ${answer.error}`);
      });
    },

    async attach(handle) {
      const session = sessionOf(handle, runnerName);
      const { client, tmux, socketPath } = await places.of(session);
      const pane = await requirePane(handle, session, client);
      const { sessionId } = pane;
      return attachCommand({ program: tmux, socketPath, sessionId, pane, environment: settings.environment });
    },

    async attachSession() {
      const [place] = await places.withSession();
      if (place === undefined) return undefined;
      const { tmux: program, socketPath, sessionId } = place;
      return attachCommand({ program, socketPath, sessionId, environment: settings.environment });
    },

    async session() {
      const found: TmuxSession[] = [];
      for (const place of await places.all()) {
        const session = await readProjectPanes(place);
        if (session !== undefined) found.push(session);
      }
      const [first] = found;
      return first && { ...first, panes: found.flatMap(({ panes }) => panes) };
    },

    async detach() {
      for (const { client, sessionId } of await places.withSession())
        await client.run(["detach-client", "-s", sessionId]);
    },

    async endSession() {
      await underLock(serverLock, settings.lockPatienceMs, async () => {
        for (const { client, sessionId } of await places.withSession())
          await client.run(["kill-session", "-t", sessionId]);
        for (const place of await places.all()) await endEmptyServer(place);
      });
    },

    async hookEnvironment() {
      const [used] = await places.withSession().catch(() => []);
      const { client, socketPath } = used ?? (await open());
      const answer = await client.run(["list-sessions", "-F", "#{pid}"]).catch(() => undefined);
      const pid = answer?.isDone === true ? (answer.output.split("\n")[0] ?? "0") : "0";
      return { TMUX: `${socketPath},${pid === "" ? "0" : pid},${used?.sessionId.slice(1) ?? "0"}` };
    },
  };

  return runner;
}
