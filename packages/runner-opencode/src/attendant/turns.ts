import { setTimeout as sleep } from "node:timers/promises";
import { CallFailed, type Connection } from "../connection.js";
import type { OpenCodeCommand } from "../open-code-command.js";
import { findPrompt, outcomeOf } from "./outcome.js";
import type { SessionView } from "./session-view.js";

/** A text to be said as soon as the session is idle. */
export interface Prompt {
  readonly text: string;
  /** Of the message that it is, if it is one. */
  readonly messageId?: string | undefined;
  /** Said because OpenCode stored the one before and began nothing: there is no third try. */
  readonly isRepeated?: boolean;
}

interface Turn extends Prompt {
  readonly sinceMs: number;
  /** OpenCode's own id of the prompt, once it is stored. */
  storedAs?: string | undefined;
  /** `ended` = the server that worked on it has ended; `unsure` = whether it was told is not known. */
  doubt?: "ended" | "unsure" | undefined;
}

export interface Turns {
  /** Is something being worked on, or about to be? */
  isOpen(): boolean;
  count(): number;
  /** Why the agent cannot go on by itself. */
  blockedBy(): string | undefined;
  block(reason: string): void;
  /** The server has ended with whatever it did, or nobody knows whether it has. */
  interrupted(how: "ended" | "unsure"): void;
  /** Begins a turn, and waits until the session has stored the prompt. @throws CallFailed */
  begin(prompt: Prompt, sessionId: string, connection: Connection): Promise<void>;
  /** Looks whether the turn of an idle session is over. Gives what is to be said next. @throws CallFailed */
  settle(view: SessionView, connection: Connection): Promise<Prompt | undefined>;
}

/** A prompt that was taken is stored within moments; so long it is looked for. */
const storedWithinMs = 20_000;
/**
 * A prompt that meets the end of the turn before it is stored, and OpenCode begins nothing. An idle session without
 * an answer so long after it is asked once more.
 */
const unheardMs = 5_000;
/** An idle session whose turn has no end so long after its beginning was stopped in a way that leaves no trace. */
const tracelessMs = 60_000;

export const afterServerEnd =
  "Your server ended in the middle of your work and was started again; what it ran has ended, too. Look at what is there, and go on where you stopped.";
const goOn =
  "The connection to you was lost for a moment. Look at what is there, and go on where you stopped.";
const unheard = "What was said last was not heard. Do it now.";
const afterCut = "Your answer was cut at the model's limit. Go on where it stops, in smaller pieces.";

export function createTurns(settings: {
  readonly command: OpenCodeCommand;
  readonly nowMs: () => number;
  readonly delivered: (messageId: string, openCodeMessageId: string) => Promise<void>;
}): Turns {
  const { command, nowMs, delivered } = settings;
  let turn: Turn | undefined;
  let count = 0;
  let reason: string | undefined;
  let isGoingOnAfterCut = false;

  async function confirm(now: Turn, sessionId: string, connection: Connection): Promise<void> {
    const giveUpAtMs = nowMs() + storedWithinMs;
    for (;;) {
      const stored = findPrompt(await connection.messages(sessionId, 20), now.text);
      if (stored !== undefined && stored !== now.storedAs) {
        now.storedAs = stored;
        if (now.messageId !== undefined) await delivered(now.messageId, stored);
        return;
      }
      if (nowMs() > giveUpAtMs) return;
      await sleep(200);
    }
  }

  function isUnheard({ storedAs, sinceMs, isRepeated }: Turn): boolean {
    return storedAs !== undefined && isRepeated !== true && nowMs() - sinceMs > unheardMs;
  }

  return {
    isOpen: () => turn !== undefined,
    count: () => count,
    blockedBy: () => reason,
    block(why) {
      turn = undefined;
      reason = why;
    },
    interrupted(how) {
      if (turn !== undefined && turn.doubt !== "ended") turn.doubt = how;
    },

    async begin(prompt, sessionId, connection) {
      const now: Turn = { ...prompt, sinceMs: nowMs() };
      turn = now;
      reason = undefined;
      count += 1;
      try {
        await connection.prompt(sessionId, prompt.text, command);
        await confirm(now, sessionId, connection);
      } catch (error) {
        if (!(error instanceof CallFailed)) throw error;
        if (error.status === undefined) now.doubt = "unsure";
        else if (now.storedAs === undefined) {
          turn = undefined;
          reason = error.message;
        }
        throw error;
      }
    },

    async settle(view, connection) {
      if (turn === undefined || view.status.type !== "idle") return undefined;
      const now = turn;
      const messages = await connection.messages(view.root);
      if (now.storedAs === undefined) {
        now.storedAs = findPrompt(messages, now.text);
        if (now.storedAs !== undefined && now.messageId !== undefined)
          await delivered(now.messageId, now.storedAs);
      }
      const outcome =
        now.storedAs === undefined ? ({ kind: "not-begun" } as const) : outcomeOf(messages, now.storedAs);
      switch (outcome.kind) {
        case "done":
        case "aborted":
          turn = undefined;
          isGoingOnAfterCut = false;
          // A model that cannot be reached leaves an empty answer, and only an event that says why.
          if (view.failure !== undefined) reason = view.failure;
          return undefined;
        case "blocked":
          turn = undefined;
          reason = outcome.reason;
          return undefined;
        case "truncated":
          turn = undefined;
          if (isGoingOnAfterCut) reason = "its answers are cut at the model's limit";
          isGoingOnAfterCut = !isGoingOnAfterCut;
          return isGoingOnAfterCut ? { text: afterCut } : undefined;
        case "cut":
        case "not-begun": {
          if (now.doubt === "ended" || (now.doubt === "unsure" && nowMs() - now.sinceMs > storedWithinMs)) {
            turn = undefined;
            return now.storedAs === undefined
              ? { text: now.text, messageId: now.messageId }
              : { text: now.doubt === "ended" ? afterServerEnd : goOn };
          }
          if (view.failure !== undefined) {
            turn = undefined;
            reason = view.failure;
          } else if (outcome.kind === "not-begun" && isUnheard(now)) {
            turn = undefined;
            return { text: unheard, isRepeated: true };
          } else if (nowMs() - now.sinceMs > tracelessMs) {
            turn = undefined;
            if (outcome.kind === "not-begun") reason = "its prompt was taken, and nothing came of it";
          }
          return undefined;
        }
      }
    },
  };
}
