import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { reportLine, reportsFileName } from "@wiggum/workflow";
import { describe, expect, test } from "vitest";
import type { PaneProfile } from "./profile.js";
import { createWorld, isTmuxThere, until } from "./testing/world.js";
import { rowsOf } from "./typing-place.js";

const program = fileURLToPath(new URL("./testing/composer.mjs", import.meta.url));
const profile: PaneProfile = {
  name: "composer",
  messages: "typed",
  idle: "^>(?: [^\\n]*)?$(?![\\s\\S])",
  ready: "^> ▮$",
  waiting: "^Allow .*\\?$",
  busy: "^working",
};

/** A program whose last hook said a minute ago that it is idle, whatever its screen shows. */
async function openIdleByHook(head: string) {
  const world = createWorld();
  const runner = world.runner({ profile });
  const order = world.order([process.execPath, program, JSON.stringify({ head })]);
  const handle = await runner.start(order);
  await world.written("got.json");
  await until("it is painted", async () => (await runner.output(handle, 50)).includes("> "));
  const hook = { source: "hook", fact: "idle", at: Math.trunc(Date.now() / 1000) - 60 } as const;
  appendFileSync(join(order.stateDirectory, reportsFileName), reportLine(hook));
  const keys = () => (JSON.parse(readFileSync(join(order.cwd, "got.json"), "utf8")) as { keys: string }).keys;
  const say = (text: string, id: string) => runner.send(handle, { id, from: "person", text });
  return { world, say, keys, paneId: String(handle.data["paneId"]) };
}

describe.skipIf(!isTmuxThere)("what is on the screen when a hook says idle (needs tmux)", () => {
  test.each([
    ["a question", "Allow rm -rf?", "only an idle agent is typed to; it is waiting_input"],
    ["work", "working hard", "only an idle agent is typed to; it is busy"],
  ])("%s: nothing is typed, and the message may be sent again", async (_, head, reason) => {
    const { say, keys } = await openIdleByHook(head);
    expect(await say("yes, and do it well", "m-1")).toEqual({
      status: "refused",
      messageId: "m-1",
      reason,
      isPassing: true,
    });
    expect(keys()).toBe("");
  });

  test("a draft of a person: nothing is added to it; once it is gone, the same message goes", async () => {
    const { world, say, keys, paneId } = await openIdleByHook("");
    world.tmux("send-keys", "-t", paneId, "-l", "delete everything, no wait");
    await until("the draft is there", async () => keys().endsWith("wait"));
    expect(await say("please look", "m-1")).toMatchObject({ status: "refused", isPassing: true });
    expect(keys()).toBe("delete everything, no wait");
    world.tmux("send-keys", "-t", paneId, "C-u");
    await until("the draft is gone", async () => keys().endsWith("\u0015"));
    expect(await say("please look", "m-1")).toMatchObject({ status: "delivered" });
    expect(keys()).toBe("delete everything, no wait\u0015please look\r");
  });
});

describe("rowsOf", () => {
  test("what is faint is blank, to the end of the attribute and over line ends; colours are no attributes", () => {
    const captured =
      "\x1b[1m›\x1b[0m \x1b[2mAsk\u00a0日\nmore\x1b[22m x\n\x1b[38;5;2mgreen\x1b[0;48;2;2;2;2m on\x1b[m";
    expect(rowsOf(captured)).toEqual({
      plain: ["› Ask 日", "more x", "green on"],
      bright: ["›", "     x", "green on"],
    });
  });
});
