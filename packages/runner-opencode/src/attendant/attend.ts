import { abortSessions } from "../abort-sessions.js";
import { answerQuestion } from "../answer-request.js";
import { CallFailed, type Connection, type OpenCodeEvent } from "../connection.js";
import { openCodeFailed, sessionRefused } from "../errors.js";
import { type AttendantPlan, isStopping, recordDelivery } from "../session-files.js";
import { createAsks } from "./asks.js";
import { promptOfMessage } from "./inbox.js";
import { createServerFinder } from "./reach-server.js";
import { readSession } from "./read-session.js";
import type { Reports } from "./reports.js";
import { applyEvent, type SessionView, withoutAsk } from "./session-view.js";
import { createTurns, type Prompt } from "./turns.js";

/** What an attendant needs of the world. */
export interface AttendantPorts {
  readonly nowMs: () => number;
  readonly reports: Reports;
  /** All messages that lie in the agent's inbox. */
  readonly inbox: () => Promise<
    readonly { readonly id: string; readonly from: string; readonly text: string }[]
  >;
  /** Ids of those that an earlier session took. */
  readonly taken: readonly string[];
  /** Aborted when the agent is to end. */
  readonly ending: AbortSignal;
}

export interface Attendant {
  /** Attends until `ending`. @throws RUNNER_FAILED it cannot */
  attend(): Promise<void>;
  /** As Ctrl-C would: what is being done is broken off. */
  interrupt(): Promise<void>;
}

const tickMs = 500;
/** Nobody waits for an idle session but whoever sends it a message. */
const restTickMs = 2_500;
/** A server says something at least every ten seconds. */
const silenceMs = 30_000;
const resubscribeMs = 300;
const maxRefusals = 3;
/** An idle session is read so often; events say the rest. */
const restReadMs = 60_000;

/**
 * Sees to one session of OpenCode: prompts it, answers what it asks or raises it to a person, says what it does, hands messages over, and
 * goes on with it when the connection or the server ends. All that is said of the session is read from the protocol.
 */
export function createAttendant(plan: AttendantPlan, ports: AttendantPorts): Attendant {
  const { nowMs, reports, ending } = ports;
  const { limits, stateDirectory } = plan;
  const server = createServerFinder(plan, ending);
  const asks = createAsks({ policy: plan.policy, deadlineMs: limits.askDeadlineMs, nowMs, say: reports.say });
  const taken = new Set(ports.taken);
  const turns = createTurns({
    command: plan.command,
    nowMs,
    async delivered(id, openCodeMessageId) {
      await recordDelivery(stateDirectory, { id, openCodeMessageId });
    },
  });
  let view: SessionView | undefined;
  let connection: Connection | undefined;
  let stream = new AbortController();
  let heardAtMs = nowMs();
  let ownEventAtMs = nowMs();
  let retryingSinceMs: number | undefined;
  let restarts = 0;
  let refusal: string | undefined;
  let refusals = 0;
  const next: Prompt[] = [{ text: plan.prompt }];
  let mustRead = true;
  let readAtMs = 0;
  let isReading = false;
  let heardMeanwhile: OpenCodeEvent[] = [];
  let steppedAtMs = 0;

  let reacting: Promise<void> | undefined;
  let isAsked = false;
  /** One reaction at a time; what happens meanwhile is reacted to afterwards. */
  function react(): void {
    isAsked = true;
    reacting ??= (async () => {
      while (isAsked && connection !== undefined && !ending.aborted) {
        isAsked = false;
        try {
          await step(connection);
        } catch (error) {
          if (!(error instanceof CallFailed)) throw error;
          // Nobody answers: the stream will say so, too. A refusal is looked at again with the next reading.
          if (error.status === undefined) stream.abort();
          else refused(error);
          mustRead = true;
          break;
        }
      }
    })()
      .catch((error: unknown) => fail(error))
      .finally(() => {
        reacting = undefined;
      });
  }

  /** A server that does not even make a session will not make one later: its configuration is wrong. */
  function refused({ message }: CallFailed): void {
    if (message !== refusal) reports.say(`[server] ${message}`);
    refusal = message;
    refusals += 1;
    if (view === undefined && refusals >= maxRefusals) throw sessionRefused(message);
  }

  let failure: unknown;
  function fail(error: unknown): void {
    failure ??= error;
    stream.abort();
  }

  async function step(now: Connection): Promise<void> {
    steppedAtMs = nowMs();
    const isDue = nowMs() - readAtMs > (isAtRest() ? restReadMs : limits.readAgainMs);
    if (mustRead || isDue) {
      // Whoever attended this folder before may have been killed: what its session still does must not go on beside this one.
      if (view === undefined) await abortSessions(now);
      const wanted = view?.root ?? plan.resume;
      const isFirst = view === undefined;
      heardMeanwhile = [];
      isReading = true;
      const read = await readSession(now, wanted, plan, view, mustRead ? "all" : "requests");
      if (wanted !== undefined && read.view.root !== wanted) {
        reports.say("[session] the former session is not there any more: a new one begins");
        if (view !== undefined) next.unshift({ text: plan.prompt });
      }
      // What was read may be older than what was heard while it was read.
      view = heardMeanwhile.reduce(applyEvent, read.view);
      isReading = false;
      heardMeanwhile = [];
      refusals = 0;
      // What a former session has said is on record there.
      if (isFirst) reports.know(read.messages);
      else reports.fill(read.messages);
      mustRead = false;
      readAtMs = nowMs();
      await reports.record(view, now.address.url, { turns: turns.count(), restarts });
    }
    if (view === undefined) return;
    for (const id of await asks.settle(view, now)) view = withoutAsk(view, id);
    await keepLimits(view, now);
    const wasOpen = turns.isOpen();
    const more = await turns.settle(view, now);
    if (more !== undefined) next.unshift(more);
    if (wasOpen && !turns.isOpen()) {
      // What the turn has cost is known only now.
      mustRead = true;
      isAsked = true;
    }
    await takeMessages(now);
    await promptNext(now);
    await tell();
  }

  /** Nothing is done, asked or waited for: then nothing can hang. */
  function isAtRest(): boolean {
    return !turns.isOpen() && view !== undefined && view.status.type === "idle" && view.asks.size === 0;
  }

  async function promptNext(now: Connection): Promise<void> {
    if (view === undefined || turns.isOpen() || view.status.type !== "idle" || next[0] === undefined) return;
    if (await isStopping(stateDirectory)) return;
    const prompt = next[0];
    const { failure: _, ...rest } = view;
    view = rest;
    ownEventAtMs = nowMs();
    await tell({ kind: "busy" });
    next.shift();
    await turns.begin(prompt, view.root, now);
    await reports.record(view, now.address.url, { turns: turns.count(), restarts });
  }

  async function takeMessages(now: Connection): Promise<void> {
    for (const message of await ports.inbox()) {
      if (taken.has(message.id)) continue;
      const ask = view === undefined ? undefined : asks.waiting(view);
      const isAnswer = ask?.kind === "question" && plan.people.includes(message.from);
      if (isAnswer) await answerQuestion(now, ask.request, message.text);
      taken.add(message.id);
      if (isAnswer) {
        await recordDelivery(stateDirectory, { id: message.id, openCodeMessageId: ask.request.id });
        if (view !== undefined) view = withoutAsk(view, ask.request.id);
        continue;
      }
      next.push({ text: promptOfMessage(message), messageId: message.id });
    }
  }

  async function keepLimits({ status, root, asks: open }: SessionView, now: Connection): Promise<void> {
    retryingSinceMs = status.type === "retry" ? (retryingSinceMs ?? nowMs()) : undefined;
    const isTooLong = (sinceMs: number, limitMs: number) => nowMs() - sinceMs > limitMs;
    const reason =
      retryingSinceMs !== undefined &&
      isTooLong(retryingSinceMs, limits.retryLimitMs) &&
      status.type === "retry"
        ? `the provider fails: ${status.message}`
        : status.type === "busy" && open.size === 0 && isTooLong(ownEventAtMs, limits.idleLimitMs)
          ? "nothing has happened in its turn for too long"
          : undefined;
    if (reason === undefined) return;
    await now.abort(root);
    turns.block(reason);
    reports.say(`[stopped] ${reason}`);
    mustRead = true;
  }

  async function tell(said?: Parameters<Reports["state"]>[0]): Promise<void> {
    const ask = view === undefined ? undefined : asks.waiting(view);
    await reports.state(said ?? factOf(ask), nowMs() - heardAtMs < silenceMs);
  }

  function factOf(ask: ReturnType<typeof asks.waiting>): Parameters<Reports["state"]>[0] {
    if (ask !== undefined)
      return {
        kind: "waiting",
        requestId: ask.request.id,
        question: reports.describe(ask),
        asks: ask.kind,
      };
    if (view?.status.type === "retry") return { kind: "retrying", reason: view.status.message };
    if (turns.isOpen() || view?.status.type === "busy") return { kind: "busy" };
    const reason = turns.blockedBy();
    return reason === undefined ? { kind: "idle" } : { kind: "blocked", reason };
  }

  function hear(event: OpenCodeEvent): void {
    heardAtMs = nowMs();
    if (isReading) heardMeanwhile.push(event);
    if (event.type === "server.connected") mustRead = true;
    else if (view !== undefined && "properties" in event) {
      reports.take(event, new Set(view.family.keys()));
      const before = view;
      view = applyEvent(before, event);
      const sessionId = sessionOf(event);
      if (sessionId === undefined || !view.family.has(sessionId)) return;
      ownEventAtMs = heardAtMs;
      if (event.type === "message.part.updated") server.worked();
      if (view === before) return;
    }
    react();
  }

  async function listen(now: Connection): Promise<void> {
    stream = new AbortController();
    const isOver = AbortSignal.any([stream.signal, ending]);
    heardAtMs = nowMs();
    const ticks = setInterval(() => {
      if (nowMs() - heardAtMs > silenceMs) stream.abort();
      if (!isAtRest() || mustRead || nowMs() - steppedAtMs > restTickMs) react();
    }, tickMs);
    try {
      for await (const event of now.events(isOver)) hear(event);
    } catch {
      // However it ended: it is opened again, and what was missed is read.
    } finally {
      clearInterval(ticks);
      connection = undefined;
      await reacting;
    }
  }

  return {
    async attend() {
      view = undefined;
      while (!ending.aborted) {
        const reached = await server.reach();
        if (reached.since === "new") {
          restarts += 1;
          reports.say("[server] it had ended and was started again");
        }
        if (reached.since !== "same") turns.interrupted(reached.since === "new" ? "ended" : "unsure");
        connection = reached.connection;
        mustRead = true;
        await listen(reached.connection);
        if (failure !== undefined) throw failure;
        if (ending.aborted) break;
        await reports.state(
          { kind: "retrying", reason: "the connection to its OpenCode server ended" },
          true,
        );
        await new Promise((resolve) => setTimeout(resolve, resubscribeMs));
      }
    },
    async interrupt() {
      const now = connection;
      if (view === undefined || now === undefined) return;
      await now.abort(view.root).catch((error: unknown) => {
        if (!(error instanceof CallFailed))
          throw openCodeFailed("The session could not be interrupted", { cause: error });
      });
    },
  };
}

function sessionOf(event: OpenCodeEvent): string | undefined {
  const { sessionID } = ("properties" in event ? event.properties : {}) as { sessionID?: unknown };
  return typeof sessionID === "string" ? sessionID : undefined;
}
