import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { draftSeen, isDraft } from "./composer.js";
import { chunksOf, type Draft } from "./draft-text.js";
import { judgeScreen, type PaneProfile } from "./profile.js";
import { readScreen } from "./screen.js";
import { literal, type TmuxClient } from "./tmux-client.js";
import { isUnderstood, whyNoPlace } from "./typing-place.js";

/** How long typing waits for a program, milliseconds. */
export interface TypingWaits {
  /** From the last change of the screen until what was typed is on it. */
  readonly echoMs: number;
  /** Between the last character and Enter: programs take what comes at once for a paste. */
  readonly settleMs: number;
  /** Between a key such as Escape and the next one: together they would be another key. */
  readonly keyMs: number;
  /** Until the draft has left the composer after Enter; twice as long at each further try. */
  readonly enterMs: number;
}

export const usualWaits: TypingWaits = { echoMs: 10_000, settleMs: 400, keyMs: 600, enterMs: 1_000 };

export type TypingOutcome =
  /** It was seen in the composer, and seen leaving it after Enter. */
  | { readonly kind: "left"; readonly enters: number }
  /** Nothing was typed. */
  | { readonly kind: "untouched"; readonly reason: string }
  | { readonly kind: "unknown"; readonly detail: string };

export interface TypingInput {
  readonly client: TmuxClient;
  readonly paneId: string;
  readonly profile: PaneProfile;
  readonly draft: Draft;
  readonly waits: TypingWaits;
  /** Called just before the first key. */
  readonly onBegin: () => Promise<void>;
}

const pollMs = 50;
const mostEnters = 3;

/**
 * Types a draft and Enter, and looks whether it went. To be called under the pane's lock, when the program waits for a task. Once begun
 * it goes through to the end: half a draft is worse than a late one.
 */
export async function typeIntoPane(input: TypingInput): Promise<TypingOutcome> {
  const { client, paneId, profile, draft, waits } = input;
  if (!(await leaveModes(client, paneId)))
    return { kind: "untouched", reason: "its pane cannot be brought out of its mode" };
  const reason = await whyNoPlace(client, paneId, profile);
  if (reason !== undefined) return { kind: "untouched", reason };
  await input.onBegin();

  for (const key of profile.keysBefore ?? []) {
    await press(client, paneId, key);
    await sleep(waits.keyMs);
  }
  const refusal =
    draft.way === "pasted" ? await paste(client, paneId, draft.text) : await type(client, paneId, draft.text);
  if (refusal !== undefined) {
    const detail = `tmux refused a part of it: ${refusal}; ${await takeBack(input)}`;
    return { kind: "unknown", detail };
  }
  if (!(await waitUntilSeen(input))) {
    const detail = `it was typed but never seen on the screen, so Enter was not pressed; ${await takeBack(input)}`;
    return { kind: "unknown", detail };
  }
  const holds = async () => {
    const screen = await readScreen(client, paneId);
    return screen === undefined ? undefined : draftSeen(screen, profile, draft.text) !== "none";
  };
  for (const key of profile.keysAfter ?? []) {
    await press(client, paneId, key);
    await sleep(waits.keyMs);
  }
  await sleep(waits.settleMs);
  for (let tries = 1; tries <= mostEnters; tries += 1) {
    // Some programs under some versions of tmux ignore the key by its name.
    await client.run(
      tries === 1 ? ["send-keys", "-t", paneId, "Enter"] : ["send-keys", "-t", paneId, "-H", "0d"],
    );
    const enterMs = waits.enterMs * 2 ** (tries - 1);
    const hasLeft = async () => {
      if ((await holds()) !== false) return false;
      // A screen that is just being painted may miss a row: a second look must agree.
      await sleep(pollMs);
      return (await holds()) === false;
    };
    if (await waitFor(enterMs, hasLeft)) return await leftOrNot(input, tries);
    if ((await holds()) === undefined) break;
  }
  return { kind: "unknown", detail: await clear(input) };
}

/**
 * A draft that is not where it was may have been sent, or be somewhere else in the composer, where a key did something else with it. Sent is
 * said when the program works, asks, or shows an empty composer again; one whose work is not to be seen is believed.
 */
async function leftOrNot(
  { client, paneId, profile, waits }: TypingInput,
  enters: number,
): Promise<TypingOutcome> {
  const isSent =
    profile.busy === undefined || (await waitFor(waits.echoMs, () => isUnderstood(client, paneId, profile)));
  if (isSent) return { kind: "left", enters };
  const detail =
    "Enter was pressed and the text is not where it was typed, but the screen shows neither an empty prompt nor work";
  return { kind: "unknown", detail };
}

/**
 * Waits until the draft is in the composer. Where only its end is to be seen, the screen must also have stopped changing for a while.
 */
async function waitUntilSeen({ client, paneId, profile, draft, waits }: TypingInput): Promise<boolean> {
  const endSettleMs = Math.max(500, 2 * waits.settleMs);
  let former = "";
  let changedAtMs = performance.now();
  for (;;) {
    const screen = await readScreen(client, paneId);
    if (screen === undefined) return false;
    const seen = draftSeen(screen, profile, draft.text);
    if (seen === "whole") return true;
    const nowMs = performance.now();
    const picture = JSON.stringify(screen);
    if (picture !== former) changedAtMs = nowMs;
    former = picture;
    if (seen === "end" && nowMs - changedAtMs >= endSettleMs) return true;
    if (nowMs - changedAtMs > waits.echoMs) return seen === "end";
    await sleep(pollMs);
  }
}

/** Ends copy mode and whatever else a person has opened in the pane: until then, keys would go there. */
export async function leaveModes(client: TmuxClient, paneId: string): Promise<boolean> {
  return waitFor(1_000, async () => {
    const ask = ["list-panes", "-a", "-f", `#{==:#{pane_id},${paneId}}`, "-F", "#{pane_in_mode}"];
    const answer = await client.run(ask);
    if (answer.output.trim() === "0") return true;
    await client.run(["copy-mode", "-q", "-t", paneId]);
    return false;
  });
}

/** One key by its tmux name. */
async function press(client: TmuxClient, paneId: string, key: string): Promise<void> {
  await client.run(["send-keys", "-t", paneId, "--", literal(key)]);
}

/** Says why tmux refused, if it did. */
async function type(client: TmuxClient, paneId: string, text: string): Promise<string | undefined> {
  for (const chunk of chunksOf(text)) {
    // `--`: a text may begin with `-`.
    const answer = await client.run(["send-keys", "-t", paneId, "-l", "--", literal(chunk)]);
    if (!answer.isDone) return answer.error;
  }
  return undefined;
}

async function paste(client: TmuxClient, paneId: string, text: string): Promise<string | undefined> {
  const buffer = `wiggum-${randomBytes(8).toString("hex")}`;
  const loaded = await client.run(["load-buffer", "-b", buffer, "-"], { input: text });
  if (!loaded.isDone) return loaded.error;
  // `-r`: line ends stay line ends, and do not become Enter. `-d`: the buffer goes again.
  const pasted = await client.run(["paste-buffer", "-p", "-r", "-d", "-b", buffer, "-t", paneId]);
  if (pasted.isDone) return undefined;
  await client.run(["delete-buffer", "-b", buffer]);
  return pasted.error;
}

/** Takes a draft that would not go out of the composer again, if it is ours and the profile knows how. Says what is there now. */
async function clear({ client, paneId, profile, draft }: TypingInput): Promise<string> {
  const what = `Enter was pressed ${mostEnters} times, and it is still in the composer`;
  const screen = await readScreen(client, paneId);
  if (screen === undefined) return "its pane went away after Enter";
  if (profile.keysToClear === undefined || !isDraft(screen, profile, draft.text))
    return `${what}, where it was left`;
  for (const key of profile.keysToClear) await press(client, paneId, key);
  const isCleared = await waitFor(2_000, async () => {
    const now = await readScreen(client, paneId);
    return now !== undefined && draftSeen(now, profile, draft.text) === "none";
  });
  return isCleared ? `${what}; it was taken out again` : `${what}, and could not be taken out`;
}

/**
 * Empties the composer of what was typed and not seen there: it was empty just before the first key, so what it holds is ours. Says how it is
 * now. A draft that stayed would keep everybody from typing.
 */
async function takeBack({ client, paneId, profile }: TypingInput): Promise<string> {
  const stays = "what was typed may still stand there";
  const screen = await readScreen(client, paneId);
  if (screen === undefined) return "its pane went away";
  const shown = judgeScreen(profile, screen)?.kind;
  // A dialog would take the keys for something else.
  if (profile.keysToClear === undefined || (shown !== undefined && shown !== "idle")) return stays;
  for (const key of profile.keysToClear) await press(client, paneId, key);
  const isEmpty = await waitFor(2_000, async () => (await whyNoPlace(client, paneId, profile)) === undefined);
  return isEmpty ? "its composer was emptied again" : stays;
}

async function waitFor(patienceMs: number, look: () => Promise<boolean>): Promise<boolean> {
  const giveUpAtMs = performance.now() + patienceMs;
  for (;;) {
    if (await look()) return true;
    if (performance.now() > giveUpAtMs) return false;
    await sleep(Math.min(pollMs, patienceMs));
  }
}
