// Texts that agent programs take for something else than a task.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openComposer } from "./testing/open-composer.js";
import { isTmuxThere, shortWaits, until } from "./testing/world.js";

/** Gives up soon, and leaves time between the last character and Enter. */
const quick = { waits: { ...shortWaits, echoMs: 600, settleMs: 1_500 } };

// P21, P22
describe.skipIf(!isTmuxThere)("texts that mean more to a program (needs tmux)", () => {
  test.each([
    ["!", "!touch pwned"],
    ["/", "/quit"],
    ["#", "# remember this"],
    ["@", "@src/shop.ts is wrong"],
    ["?", "? what is that"],
    ["! after blanks", "  !touch pwned"],
    ["! and has several lines", "!touch pwned\nand more"],
  ])("a text that begins with %s, a command to some programs, goes by a file", async (_, text) => {
    const { world, say, got } = await openComposer({ takesPastes: true }, { multiline: "paste" });
    expect(await say(text)).toMatchObject({ status: "delivered" });
    const file = /^Read (\.wiggum\/messages\/[0-9a-f]{16}\.md): it is a message for you/.exec(
      got().submitted[0] ?? "",
    )?.[1];
    expect(readFileSync(join(world.order([]).cwd, file ?? ""), "utf8")).toBe(text);
  });

  test("what begins the last word is seen to as well: Enter would take an entry of a list for it", async () => {
    const { say, got } = await openComposer();
    for (const text of ["look at @src", "write to me@src", "as in @src here"])
      expect(await say(text, `m-${text}`)).toMatchObject({ status: "delivered" });
    const readsFile = expect.stringMatching(/^Read \.wiggum\/messages\//);
    expect(got().submitted).toEqual([readsFile, "write to me@src", "as in @src here"]);
  });

  test("the profile says what a command begins with", async () => {
    const { say, got } = await openComposer({}, { commandStarts: [":", "run "] });
    for (const text of ["!is plain here", ":quit", "run all tests", "running is fine"])
      expect(await say(text, `m-${text}`)).toMatchObject({ status: "delivered" });
    const readsFile = expect.stringMatching(/^Read \.wiggum\/messages\//);
    expect(got().submitted).toEqual(["!is plain here", readsFile, readsFile, "running is fine"]);
  });

  test.each(["exit", "quit", ":q", ":q!", ":wq", ":wq!", " Exit ", "\tQUIT\n", "ex\u0003it"])(
    "%j alone, which ends some programs, goes by a file",
    async (text) => {
      const { world, say, got } = await openComposer();
      expect(await say(text)).toMatchObject({ status: "delivered" });
      const file = /^Read (\S+):/.exec(got().submitted[0] ?? "")?.[1] ?? "";
      expect(readFileSync(join(world.order([]).cwd, file), "utf8")).toBe(text);
    },
  );

  test("the profile says which texts are commands as a whole; within a sentence they are words", async () => {
    const words = ["exit", "exit now", "please quit", "exits"];
    const { say, got } = await openComposer({}, { commandTexts: ["bye"] });
    for (const text of [...words, "BYE"])
      expect(await say(text, `m-${text}`)).toMatchObject({ status: "delivered" });
    expect(got().submitted).toEqual([...words, expect.stringMatching(/^Read \.wiggum\/messages\//)]);

    const other = await openComposer({}, { commandTexts: [] });
    expect(await other.say(":q")).toMatchObject({ status: "delivered" });
    expect(other.got().submitted).toEqual([":q"]);
  });

  test("a text that ends in a backslash arrives where Enter after one begins a new line", async () => {
    const { world, say, got } = await openComposer({ breaksLines: true });
    expect(await say("See C:\\dir\\")).toMatchObject({ status: "delivered" });
    const file = /^Read (\S+):/.exec(got().submitted[0] ?? "")?.[1] ?? "";
    expect(readFileSync(join(world.order([]).cwd, file), "utf8")).toBe("See C:\\dir\\");
  });

  test("a draft that Enter changed, but did not send, is not called delivered", async () => {
    const { world, say, got, paneId } = await openComposer(
      { breaksLines: true },
      { busy: "^working" },
      quick,
    );
    const saying = say("a draft that is changed");
    // Somebody else at the keyboard, just before Enter.
    await until("it is typed", async () => got().keys.endsWith("changed"));
    world.tmux("send-keys", "-t", paneId, "-l", "\\");
    expect(await saying).toMatchObject({
      status: "unknown",
      detail: expect.stringContaining("neither an empty prompt nor work"),
    });
    expect(got().submitted).toEqual([]);
  });
});
