import type { EvidenceFact } from "@wiggum/workflow";
import type { MessageWithParts, OpenCodeEvent } from "../connection.js";
import { type AttendantPlan, type OpenCodeSessionRecord, sessionFiles, writeJson } from "../session-files.js";
import { type Ask, describeAsk, type SessionView, totalUsage } from "./session-view.js";
import { createTranscript } from "./transcript.js";

/** All that an attendant tells: in files of the agent's state folder, and on its output. */
export interface Reports {
  readonly say: (line: string) => void;
  describe(ask: Ask): string;
  take(event: OpenCodeEvent, family: ReadonlySet<string>): void;
  fill(messages: readonly MessageWithParts[]): void;
  /** These need not be told. */
  know(messages: readonly MessageWithParts[]): void;
  /** What the agent does; written when it changes, and often enough to show that its server is still heard. */
  state(fact: EvidenceFact, isHeard: boolean): Promise<void>;
  record(
    view: SessionView,
    url: string,
    counts: { readonly turns: number; readonly restarts: number },
  ): Promise<void>;
  flush(): Promise<void>;
}

/** A state that is told again within that time is not written again. */
const repeatMs = 5_000;

export function createReports(plan: AttendantPlan, print: (text: string) => void): Reports {
  const files = sessionFiles(plan.stateDirectory);
  const transcript = createTranscript(files.transcript, print);
  let told = "";
  let toldAtMs = Number.NEGATIVE_INFINITY;
  let recorded = "";
  return {
    say: transcript.say,
    describe: describeAsk,
    take: transcript.take,
    fill: transcript.fill,
    know: transcript.know,
    async state(fact, isHeard) {
      const text = JSON.stringify(fact);
      const nowMs = performance.now();
      if (text === told && (!isHeard || nowMs - toldAtMs < repeatMs)) return;
      if (text !== told && fact.kind === "blocked") transcript.say(`[blocked] ${fact.reason}`);
      told = text;
      toldAtMs = nowMs;
      await writeJson(files.state, { fact, heardAt: new Date().toISOString() });
    },
    async record(view, url, { turns, restarts }) {
      const known: Omit<OpenCodeSessionRecord, "updatedAt"> = {
        version: 1,
        sessionId: view.root,
        directory: plan.directory,
        title: plan.title,
        turns,
        serverRestarts: restarts,
        ...totalUsage(view),
        todos: view.todos,
        transcript: files.transcript,
        url,
      };
      const text = JSON.stringify(known);
      if (text === recorded) return;
      recorded = text;
      await writeJson(files.record, { ...known, updatedAt: new Date().toISOString() });
    },
    flush: transcript.flush,
  };
}
