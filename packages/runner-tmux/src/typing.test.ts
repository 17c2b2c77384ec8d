import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { AgentHandle } from "@wiggum/workflow";
import { describe, expect, test } from "vitest";
import { openComposer, profile } from "./testing/open-composer.js";
import { sourceProgram } from "./testing/source-programs.js";
import { createWorld, isTmuxThere, shortWaits, until, type World } from "./testing/world.js";

// P21, P22
describe.skipIf(!isTmuxThere)("typing into a pane (needs tmux)", () => {
  test("a text is delivered, with what was seen as proof", async () => {
    const { say, got, paneId } = await openComposer();
    expect(await say("Please stop; $(touch pwned) 'now' ü 日本 🦊")).toEqual({
      status: "delivered",
      messageId: "m-1",
      proof: `seen in the composer of pane ${paneId}, and leaving it after Enter`,
    });
    expect(got().submitted).toEqual(["Please stop; $(touch pwned) 'now' ü 日本 🦊"]);
  });

  test("a slow program gets Enter only when all of it is on the screen", async () => {
    const { say, got } = await openComposer({ slowMs: 15 });
    const text = "This takes its time, and nothing of it may be missing.";
    expect(await say(text)).toMatchObject({ status: "delivered" });
    expect(got().submitted).toEqual([text]);
  });

  test("copy mode is left first", async () => {
    const { world, say, got, paneId } = await openComposer();
    world.tmux("copy-mode", "-t", paneId);
    expect(world.tmux("display-message", "-p", "-t", paneId, "#{pane_in_mode}")).toBe("1");
    expect(await say("while a person scrolls")).toMatchObject({ status: "delivered" });
    expect(got().submitted).toEqual(["while a person scrolls"]);
  });

  test("a tree that a person opened in the pane is left, too", async () => {
    const { world, say, got, paneId } = await openComposer();
    world.tmux("choose-tree", "-t", paneId);
    expect(await say("while a person chooses")).toMatchObject({ status: "delivered" });
    expect(got().submitted).toEqual(["while a person chooses"]);
  });

  test("vim mode: Escape, i, the text, Escape, each a key of its own", async () => {
    const vim = { keysBefore: ["Escape", "i"], keysAfter: ["Escape"] };
    const { say, got } = await openComposer({ isVim: true }, vim);
    expect(await say("dd ZZ :q")).toMatchObject({ status: "delivered" });
    expect(got().submitted).toEqual(["dd ZZ :q"]);
  });

  test("an Enter that is swallowed is pressed again, and the text goes once", async () => {
    const { say, got } = await openComposer({ swallowedEnters: 2 });
    expect(await say("once is enough")).toMatchObject({
      status: "delivered",
      proof: expect.stringContaining("3 times"),
    });
    expect(got().submitted).toEqual(["once is enough"]);
  });

  test("where Enter does nothing at all: unknown, the draft is taken out, and it is never typed again", async () => {
    const { say, got, runner, handle } = await openComposer({ swallowedEnters: 99 });
    const first = await say("nobody takes it");
    expect(first).toEqual({
      status: "unknown",
      messageId: "m-1",
      detail: "Enter was pressed 3 times, and it is still in the composer; it was taken out again",
    });
    expect(await runner.output(handle, 1)).toBe("> ");
    const { keys } = got();
    expect(await say("nobody takes it")).toEqual(first);
    expect(got()).toEqual({ submitted: [], keys });
  });

  test("without keys that clear it, a draft that does not go stays where it is, and that is said", async () => {
    const { say, runner, handle } = await openComposer({ swallowedEnters: 99 }, { keysToClear: undefined });
    expect(await say("it stays")).toMatchObject({
      status: "unknown",
      detail: expect.stringContaining("left"),
    });
    expect(await runner.output(handle, 1)).toBe("> it stays");
  });

  test("what is never seen is not sent: Enter is not pressed", async () => {
    const blind = { waits: { ...shortWaits, echoMs: 300 } };
    const { say, got } = await openComposer({ isBlind: true }, {}, blind);
    expect(await say("into the dark")).toMatchObject({
      status: "unknown",
      detail:
        "it was typed but never seen on the screen, so Enter was not pressed; its composer was emptied again",
    });
    await until("the key arrives", async () => got().keys === "into the dark\u0015");
    expect(got().submitted).toEqual([]);
  });

  // P21
  test("what was typed and never seen does not keep later messages from arriving", async () => {
    const { say, got } = await openComposer(
      { hides: "secret" },
      {},
      { waits: { ...shortWaits, echoMs: 300 } },
    );
    expect(await say("a secret word")).toMatchObject({ status: "unknown", detail: /emptied again$/ });
    expect(await say("a plain word", "m-2")).toMatchObject({ status: "delivered" });
    expect(got().submitted).toEqual(["a plain word"]);
  });

  test.each(["\u2500\u2500\u2500 \u2593\u2593", "\u0301"])(
    "%j, which could not be told from a frame, goes by a file, and the next one arrives, too",
    async (text) => {
      const { world, say, got } = await openComposer();
      expect(await say(text)).toMatchObject({ status: "delivered" });
      const file = /^Read (\S+):/.exec(got().submitted[0] ?? "")?.[1] ?? "";
      expect(readFileSync(join(world.order([]).cwd, file), "utf8")).toBe(text);
      expect(await say("next", "m-2")).toMatchObject({ status: "delivered" });
    },
  );

  test("characters without a width are no text", async () => {
    const { say, got } = await openComposer();
    expect(await say("\u200b\u2060 \ufeff")).toMatchObject({
      status: "refused",
      reason: "it has no text that could be typed",
    });
    expect(got().keys).toBe("");
  });

  test.each([
    ["ends in ;", "done;"],
    ["is ;", ";"],
    ["ends in \\;", "find . -exec true {} \\;"],
    ["ends in \\\\;", "two \\\\;"],
    ["ends in ;;", "case x) ;;"],
    ["is an option", "-l"],
    ["begins with -", "-X cancel"],
    ["begins with --", "--"],
    ["is a key's name", "Enter"],
    ["is a format", "%H #{pane_id} #(touch pwned)"],
    ["is a variable", "$HOME ${HOME} ~ `id`"],
    ["has quotes", `' " \\' \\" '' ""`],
    ["has combining characters", "e\u0301 👩‍👩‍👧 🏳️‍🌈 ก็ 한국어"],
  ])("a text that %s arrives as it is", async (_, text) => {
    const { say, got } = await openComposer();
    expect(await say(text)).toMatchObject({ status: "delivered" });
    expect(got().submitted).toEqual([text]);
  });

  test("15 kB are typed in chunks, also where one ends in ; or within a wide character", async () => {
    const { say, got } = await openComposer({}, { maxTypedBytes: 20_000 });
    const text = `${`${"x".repeat(999)};`.repeat(5)}${"ü".repeat(1_000)}${"日".repeat(1_000)}${`${"y".repeat(1_999)};`.repeat(2)}${"🦊;".repeat(300)}`;
    expect(Buffer.byteLength(text)).toBeGreaterThan(15_000);
    expect(await say(text)).toMatchObject({ status: "delivered" });
    expect(got().submitted).toEqual([text]);
  });

  test("a text that fills the row to its last column is seen, and seen leaving", async () => {
    const { world, say, got, paneId } = await openComposer();
    const width = Number(world.tmux("display-message", "-p", "-t", paneId, "#{pane_width}"));
    for (const length of [width - 3, width - 2, width - 1]) {
      const text = "w".repeat(length);
      expect(await say(text, `m-${length}`)).toMatchObject({
        status: "delivered",
        proof: expect.not.stringContaining("times"),
      });
      expect(got().submitted.at(-1)).toBe(text);
    }
  });

  test("a composer in a box, its cursor elsewhere, is found by its rows", async () => {
    const box = { idle: "^\u2502 > +\u2502$", composer: { rows: "^\u2502 (?:> )?(.*?) *\u2502$" } };
    const { say, got } = await openComposer({ isBoxed: true }, box);
    // Afterwards the text still stands on the screen, above the composer.
    const text = "This text is longer than the box is wide, so it is wrapped within it; and then some more.";
    expect(await say(text)).toMatchObject({ status: "delivered" });
    expect(got().submitted).toEqual([text]);
  });

  test("a long text is written to a file, and a line that names it is typed", async () => {
    const { world, say, got } = await openComposer();
    const text = `${"A long story. ".repeat(200)}\nThe end.`;
    expect(await say(text)).toMatchObject({ status: "delivered" });
    const [line = ""] = got().submitted;
    const file = /^Read (\.wiggum\/messages\/[0-9a-f]{16}\.md): it is a message for you from person\.$/.exec(
      line,
    )?.[1];
    expect(readFileSync(join(world.order([]).cwd, file ?? ""), "utf8")).toBe(text);
  });

  test("several lines are pasted in brackets where the program takes them, and are one message", async () => {
    const { say, got } = await openComposer({ takesPastes: true }, { multiline: "paste" });
    expect(await say("first;\n\n  second -l\nthird")).toMatchObject({ status: "delivered" });
    expect(got().submitted).toEqual(["first;\n\n  second -l\nthird"]);
  });

  test("several lines go by a file where the program does not take them", async () => {
    const { world, say, got } = await openComposer();
    expect(await say("first\nsecond\n")).toMatchObject({ status: "delivered" });
    const file = /^Read (\S+):/.exec(got().submitted[0] ?? "")?.[1] ?? "";
    expect(readFileSync(join(world.order([]).cwd, file), "utf8")).toBe("first\nsecond\n");
  });

  test("control characters are no text: none reaches the program", async () => {
    const { say, got } = await openComposer();
    expect(
      await say("a\u0003b\u0004c\u001b[2Jd\u001bie\u0015f\u007fg\u0000h\u009b31mi\tj\u0008k\r"),
    ).toMatchObject({
      status: "delivered",
    });
    expect(got().submitted).toEqual(["abc[2Jdiefgh31mi jk"]);
    expect(await say("\u0003\u001b\n", "m-2")).toMatchObject({
      status: "refused",
      reason: "it has no text that could be typed",
    });
  });

  test.each([
    ["busy", { busy: "^working" }, "working hard", "busy"],
    ["waiting for an answer", { waiting: "^Allow .*\\?$" }, "Allow rm -rf?", "waiting_input"],
    ["blocked", { blocked: "usage limit" }, "usage limit reached", "blocked"],
    ["of no known state", { idle: undefined }, "", "running"],
    ["idle by nothing but a person's half draft", { idle: "^>$" }, "", "running"],
  ])("an agent that is %s is not typed to", async (_, patterns, head, state) => {
    const { world, say, got, paneId } = await openComposer({ head }, patterns);
    if ("idle" in patterns && patterns.idle === "^>$") {
      world.tmux("send-keys", "-t", paneId, "-l", "half a");
      await until("the half draft is there", async () => got().keys === "half a");
    }
    const { keys } = got();
    expect(await say("please")).toMatchObject({
      status: "refused",
      reason: expect.stringContaining(`only an idle agent is typed to; it is ${state}`),
    });
    expect(got()).toEqual({ submitted: [], keys });
  });

  test("a program that keeps messages for later is typed to while it is busy", async () => {
    const { say, got } = await openComposer(
      { head: "working" },
      { busy: "^working", takesMessagesWhileBusy: true },
    );
    expect(await say("for later")).toMatchObject({ status: "delivered" });
    expect(got().submitted).toEqual(["for later"]);
  });

  test("the state is asked for when it is our turn, not before", async () => {
    let answers = 0;
    const stateOf = async () => {
      answers += 1;
      return answers === 1
        ? { state: "idle" as const, why: "idle" }
        : { state: "busy" as const, why: "busy" };
    };
    const { say, got } = await openComposer({ slowMs: 5 }, {}, { stateOf });
    const deliveries = await Promise.all([say("the first one", "m-1"), say("the second one", "m-2")]);
    expect(deliveries.map(({ status }) => status).toSorted()).toEqual(["delivered", "refused"]);
    expect(got().submitted).toHaveLength(1);
  });

  test("of many messages at once each arrives whole, and once", async () => {
    const { world, got, handle, runner } = await openComposer({}, { maxTypedBytes: 5_000 });
    const runners = [runner, world.runner(), world.runner()];
    const texts = Array.from({ length: 6 }, (_, index) => String(index).repeat(2_500));
    const deliveries = await Promise.all(
      texts.flatMap((text, index) =>
        // Twice each: the second time it is known already.
        [0, 1].map((turn) =>
          runners[(index + turn) % 3]?.send(handle, { id: `m-${index}`, from: "p", text }),
        ),
      ),
    );
    expect(deliveries.map((delivery) => delivery?.status)).toEqual(
      Array.from({ length: 12 }, () => "delivered"),
    );
    expect(got().submitted.toSorted()).toEqual(texts);
  });

  test("a message whose typist was killed is neither called delivered nor typed again", async () => {
    const { world, say, got, handle } = await openComposer({ slowMs: 40 });
    const text = "half of this was typed when the lights went out";
    const typist = startTypist(world, handle, text);
    await until("it types", async () => got().keys.length > 0);
    typist.kill("SIGKILL");
    const { keys } = got();
    expect(await say(text, "m-typist")).toMatchObject({
      status: "unknown",
      detail: expect.stringContaining("it is not typed again"),
    });
    expect(got()).toMatchObject({ submitted: [], keys });
  });

  test("a pane whose window types into all panes, or whose keyboard is off, is not typed into", async () => {
    const { world, say, got, paneId } = await openComposer();
    world.tmux("set-option", "-w", "-t", paneId, "synchronize-panes", "on");
    expect(await say("to all")).toMatchObject({
      status: "refused",
      reason: expect.stringContaining("synchronize-panes"),
    });
    world.tmux("set-option", "-w", "-t", paneId, "synchronize-panes", "off");
    world.tmux("select-pane", "-d", "-t", paneId);
    expect(await say("to none")).toMatchObject({
      status: "refused",
      reason: expect.stringContaining("keyboard"),
    });
    world.tmux("select-pane", "-e", "-t", paneId);
    expect(got().keys).toBe("");
    expect(await say("to one")).toMatchObject({ status: "delivered" });
  });

  test("a pane that is gone is told apart from an agent that is gone", async () => {
    const world = createWorld();
    const runner = world.runner({ profile });
    const stubborn = ["sh", "-c", "trap '' HUP; echo ready > ready; while :; do sleep 1; done"];
    const handle = await runner.start(world.order(stubborn));
    await world.written("ready");
    world.tmux("kill-pane", "-t", String(handle.data["paneId"]));
    expect(await runner.send(handle, { id: "m-1", from: "p", text: "hello" })).toMatchObject({
      status: "refused",
      reason: "its pane is gone, its processes are not",
    });
    await runner.stop(handle);
    expect(await runner.send(handle, { id: "m-1", from: "p", text: "hello" })).toMatchObject({
      status: "refused",
      reason: expect.stringContaining("its session has ended"),
    });
  });
});

function startTypist(world: World, handle: AgentHandle, text: string): ChildProcess {
  const { root, stateRoot, environment } = world;
  const options = { root, directory: join(stateRoot, "tmux"), sessionName: "wiggum-test", waits: shortWaits };
  const message = { id: "m-typist", from: "person", text };
  const [node = "", ...words] = sourceProgram("typist.ts");
  return spawn(node, [...words, JSON.stringify({ options, handle, message })], {
    env: environment,
    stdio: ["ignore", "ignore", "inherit"],
  });
}

describe.skipIf(!isTmuxThere)("typing to a program that reads lines (needs tmux)", () => {
  const reader = [
    "sh",
    "-c",
    'printf "> "; echo ready > ready; IFS= read -r line; printf "%s\\n" "$line" > line; sleep 60',
  ];
  const idle = { stateOf: async () => ({ state: "idle" as const, why: "idle" }) };

  test("the echo is the kernel's and proves nothing: queued, and it arrives", async () => {
    const world = createWorld();
    const runner = world.runner({ profile, ...idle });
    const handle = await runner.start(world.order(reader));
    await world.written("ready");
    expect(await runner.send(handle, { id: "m-1", from: "p", text: "-n two  blanks; ü" })).toEqual({
      status: "queued",
      messageId: "m-1",
      where: `the terminal of pane ${handle.data["paneId"]}, until its program reads a line`,
    });
    expect(await world.written("line")).toBe("-n two  blanks; ü\n");
  });

  test("a program that asks for a password is not typed to", async () => {
    const world = createWorld();
    const runner = world.runner({ profile, ...idle });
    const handle = await runner.start(
      world.order(["sh", "-c", "stty -echo; printf '> '; echo ready > ready; read line; sleep 60"]),
    );
    await world.written("ready");
    expect(await runner.send(handle, { id: "m-1", from: "p", text: "secret" })).toMatchObject({
      status: "refused",
      reason: expect.stringContaining("password"),
    });
  });

  test("a text longer than such a terminal can hold goes by a file", async () => {
    const world = createWorld();
    const runner = world.runner({ profile: { ...profile, maxTypedBytes: 20_000 }, ...idle });
    const handle = await runner.start(world.order(reader));
    await world.written("ready");
    await runner.send(handle, { id: "m-1", from: "p", text: "z".repeat(4_100) });
    expect(await world.written("line")).toMatch(
      /^Read \.wiggum\/messages\/\S+: it is a message for you from p\.\n$/,
    );
  });
});
