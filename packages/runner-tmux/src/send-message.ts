import type { Session } from "@wiggum/runner-process/sessions";
import { type Delivery, isWorkflowError, type Message } from "@wiggum/workflow";
import { draftOf, saysSomething } from "./draft-text.js";
import { underLock } from "./kernel-lock.js";
import { paneFiles } from "./pane-files.js";
import { findPane } from "./panes.js";
import type { PaneProfile } from "./profile.js";
import { readTerminalMode, type TerminalMode } from "./terminal-mode.js";
import type { TmuxClient } from "./tmux-client.js";
import { type TypingOutcome, type TypingWaits, typeIntoPane } from "./type-into-pane.js";
import { openTypedMessages } from "./typed-messages.js";

export interface SendPorts {
  readonly client: TmuxClient;
  readonly environment: Readonly<Record<string, string>>;
  readonly waits: TypingWaits;
  readonly lockPatienceMs: number;
  readonly now: () => Date;
  /** May it be typed to now? The reason if not. Asked under the pane's lock. */
  readonly whyNotNow: () => Promise<string | undefined>;
}

/**
 * Types a message into the pane of a session, unless that was tried before. `delivered` is said only of a program that paints by itself what
 * it takes in: the draft was seen in its composer, and seen leaving it. Where the kernel does the echo, the message waits in the terminal.
 */
export async function sendTyped(
  session: Session,
  message: Message,
  profile: PaneProfile,
  ports: SendPorts,
): Promise<Delivery> {
  const messageId = message.id;
  const never = (reason: string) => ({ status: "refused", messageId, reason }) as const;
  const refused = (reason: string): Delivery => ({ ...never(reason), isPassing: true });
  if (!saysSomething(message.text)) return never("it has no text that could be typed");
  const files = paneFiles(session.stateDirectory);
  const typed = openTypedMessages(files.typedMessages, ports.now);
  return await underLock(files.typingLock, ports.lockPatienceMs, async () => {
    const former = await typed.outcome(messageId);
    if (former !== undefined) return former;
    const pane = await findPane(ports.client, session);
    if (pane === undefined) return refused("its pane is gone, its processes are not");
    if (pane.isDead) return { ...never("its session has ended"), hasEnded: true };
    if (pane.isInputOff)
      return refused("the keyboard of its pane is switched off (`select-pane -e` switches it on)");
    if (pane.isSynchronized)
      return refused("its window has synchronize-panes on: it would be typed into all panes");
    const reason = await ports.whyNotNow();
    if (reason !== undefined) return refused(reason);
    const mode = await readTerminalMode(pane.terminal, ports.environment);
    if (mode?.readsLines === true && !mode.echoes)
      return refused("it asks for something that is not shown, such as a password");
    const draft = await draftOf(message, profile, {
      inboxFile: session.inboxFile,
      readsLines: mode?.readsLines === true,
    });
    let hasBegun = false;
    const onBegin = async () => {
      await typed.begin(messageId);
      hasBegun = true;
    };
    const { client, waits } = ports;
    const outcome = await typeIntoPane({ client, paneId: pane.paneId, profile, draft, waits, onBegin }).catch(
      (error: unknown): TypingOutcome => {
        if (!hasBegun || !isWorkflowError(error)) throw error;
        return { kind: "unknown", detail: error.message };
      },
    );
    if (outcome.kind === "untouched") return refused(outcome.reason);
    const delivery = deliveryOf(messageId, outcome, mode, pane.paneId);
    await typed.end(delivery);
    return delivery;
  });
}

function deliveryOf(
  messageId: string,
  outcome: Exclude<TypingOutcome, { kind: "untouched" }>,
  mode: TerminalMode | undefined,
  paneId: string,
): Delivery {
  if (outcome.kind === "unknown") return { status: "unknown", messageId, detail: outcome.detail };
  if (mode === undefined) {
    const detail = `typed into ${paneId} and gone from its last row, but how its terminal works could not be found out`;
    return { status: "unknown", messageId, detail };
  }
  if (mode.readsLines || mode.echoes) {
    return {
      status: "queued",
      messageId,
      where: `the terminal of pane ${paneId}, until its program reads a line`,
    };
  }
  const times = outcome.enters === 1 ? "" : ` (${outcome.enters} times)`;
  return {
    status: "delivered",
    messageId,
    proof: `seen in the composer of pane ${paneId}, and leaving it after Enter${times}`,
  };
}
