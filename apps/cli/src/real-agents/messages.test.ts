// Messages to the real programs in panes: they wait while a program works, asks, or holds what a person has begun to write.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { type AgentProgram, agentPrograms, testWith } from "./testing/agent-programs.js";
import { asking } from "./testing/asking.js";
import {
  createScriptedProject,
  eventually,
  type ScriptedModel,
  type ScriptedProject,
  type Step,
  startModel,
} from "./testing/scripted-project.js";

let model: ScriptedModel;
beforeAll(async () => {
  model = await startModel();
});
afterAll(() => model.stop());

const id = "worker-0";
const waitsForGo: Step = { text: "Now I wait.", run: "until [ -e go ]; do sleep 0.1; done" };

describe.each(agentPrograms)("messages to %s in a pane", (program) => {
  testWith(program)(
    "is typed to only at an empty prompt; what could not be typed is kept, shown, and arrives once",
    async () => {
      const pane = await startInPane(program, [waitsForGo, asking[program].step, { text: "All is done." }]);
      // Not idle while it works, whatever hidden thread of it has ended.
      await pane.state("busy");
      expect(await pane.ping("while you work")).toMatchObject({ status: "pending" });
      expect(await pane.wiggum(["status", "-v"])).toMatchObject({
        stdout: expect.stringContaining(
          "A message of manual waits: only an idle agent is typed to; it is busy",
        ),
      });

      pane.go();
      await pane.state("waiting_input");
      // The first letter would be the answer.
      expect(await pane.ping("yes, and do it well")).toMatchObject({ status: "pending" });
      expect(await pane.ping("no, never")).toMatchObject({ status: "pending" });
      expect(await pane.ping("please")).toMatchObject({ status: "pending" });
      await pane.state("waiting_input");
      const question = (await pane.inbox()).find(({ kind }) => kind === "question");
      expect(question?.commands).toEqual([`wiggum attach ${id}`, `wiggum send-keys ${id} <keys>`]);

      await pane.succeed(["send-keys", id, ...asking[program].allow]);
      await eventually("nothing is asked any more", async () =>
        (await pane.inbox()).every(({ kind }) => kind !== "question"),
      );
      await eventually("all messages have arrived", async () => {
        await pane.succeed(["recover"]);
        return (await pane.inbox()).every(({ kind }) => kind !== "message");
      });
      expect(pane.typed()).toEqual(["delivered", "delivered", "delivered", "delivered"]);

      await pane.state("idle");
      await pane.succeed(["send-keys", id, "delete everything, no wait"]);
      await eventually("the draft is there", async () => pane.screen().includes("delete everything"));
      expect(await pane.ping("please look at the ticket")).toMatchObject({
        status: "pending",
        reason: expect.stringContaining("its screen shows no empty prompt"),
      });
      await pane.succeed(["send-keys", id, "C-u"]);
      await pane.delivers();

      // A list that a person opened takes what is typed for a search, or for a choice.
      await pane.state("idle");
      await pane.succeed(["send-keys", id, "/model"]);
      await eventually("the command is there", async () => /\/model/.test(pane.screen()));
      await pane.succeed(["send-keys", id, "Enter"]);
      await eventually("the list is there", async () => /Select [Mm]odel/.test(pane.screen()));
      expect(await pane.ping("a list is open")).toMatchObject({ status: "pending" });
      await pane.succeed(["send-keys", id, "Escape"]);
      await pane.delivers();
      expect(pane.typed()).toHaveLength(6);
      expect(pane.screen()).not.toMatch(/delete everything/);
    },
    900_000,
  );
});

// P21 P22
describe.each(agentPrograms)("messages to %s in a pane that it would take for something else", (program) => {
  testWith(program)(
    "is told each of them, and does nothing else: no shell, no command of its own, no line break",
    async () => {
      const pane = await startInPane(program, [{ text: "I am ready." }]);
      await pane.state("idle");
      const texts = [
        "!touch pwned",
        "/exit",
        "/clear",
        "/src/shop.js:2 is wrong",
        "#3 waits for you",
        "@shop.js is wrong",
        "? what is that",
        "See C:\\dir\\",
        "and look at @READ",
        ...["exit", "quit", ":q", ":q!", ":wq", ":wq!"],
      ];
      for (const text of texts) {
        const before = (await model.turns()).length;
        await pane.state("idle");
        const told = await pane.ping(text);
        if (told.status === "pending") await pane.delivers();
        else expect(told, `${text}\n${pane.screen()}`).toMatchObject({ status: "delivered" });
        await eventually(
          `the model is asked because of: ${text}`,
          async () => (await model.turns()).length > before,
        );
      }
      await pane.state("idle");
      expect(pane.typed()).toEqual(texts.map(() => "delivered"));
      expect(existsSync(join(pane.worktree(id), "pwned"))).toBe(false);
    },
    900_000,
  );
});

describe("claude in a pane, broken off", () => {
  testWith("claude")(
    "with Escape is idle again, although no hook says so, and is told what had to wait",
    async () => {
      const pane = await startInPane("claude", [waitsForGo, { text: "Never said." }]);
      await pane.state("busy");
      expect(await pane.ping("while you work")).toMatchObject({ status: "pending" });
      await pane.succeed(["send-keys", id, "Escape"]);
      await pane.state("idle");
      await pane.delivers();
    },
    600_000,
  );
});

async function startInPane(program: AgentProgram, steps: readonly Step[]) {
  const project: ScriptedProject = await createScriptedProject(program, model);
  await project.work(steps, "--runner", "tmux");
  const inbox = () => project.json<readonly { kind: string; commands: readonly string[] }[]>(["inbox"]);
  const { data } = JSON.parse(await project.succeed(["attach", id, "--json"])) as {
    data: { command: readonly string[] };
  };
  const [tmux = "tmux", ...words] = data.command;
  const server = words.slice(0, words.indexOf("-S") + 2);
  const screen = () => execFileSync(tmux, [...server, "capture-pane", "-p"], { encoding: "utf8" });
  return {
    ...project,
    screen,
    inbox,
    state: (state: string) => project.state(id, state),
    ping: (text: string) => project.json<{ status: string; reason?: string }>(["ping", id, text]),
    go: () => writeFileSync(join(project.worktree(id), "go"), ""),
    /** What became of each message that was typed. */
    typed: () =>
      readFileSync(project.stateFile(id, "typed.jsonl"), "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as { step: string; delivery?: { status: string } })
        .flatMap(({ delivery }) => (delivery === undefined ? [] : [delivery.status])),
    delivers: () =>
      eventually(`the message has arrived; the screen:\n${screen()}`, async () => {
        await project.succeed(["recover"]);
        return (await inbox()).every(({ kind }) => kind !== "message");
      }),
  };
}
