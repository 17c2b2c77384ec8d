import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runPanes } from "./panes.mjs";
import { judgePanes } from "./panes-judge.mjs";

// P21 P23 P36: the short form of the bench; `node bench/panes.mjs` runs ten agents for ten minutes.
test("agents in panes that are written to, answered, killed and taken over: what the command said of them was so, and nothing is left", async () => {
  const result = await runPanes({ durationMs: 30_000, agents: 3, seed: 7 });
  try {
    expect(result.findings).toEqual([]);
    expect(result.counts.comments).toBeGreaterThan(0);
  } finally {
    result.cleanUp();
  }
}, 180_000);

// A bench that finds nothing wrong in what is wrong proves nothing.
test("messages that somebody takes away while they wait are found", async () => {
  const takeAway = (project: string) => {
    const folder = join(project, ".wiggum", "state", "messages");
    if (!existsSync(folder)) return;
    for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }))
      if (name.endsWith(".json")) rmSync(join(folder, name), { force: true });
  };
  const result = await runPanes({ durationMs: 40_000, agents: 4, seed: 7, tamper: takeAway });
  try {
    expect(result.findings).toContainEqual(
      expect.stringMatching(/^vanished: worker-\d+ goes on with its ticket, and "message \d+: /),
    );
  } finally {
    result.cleanUp();
  }
}, 180_000);

const session = (entries: readonly object[]) => ({
  agentId: "worker-0",
  generation: 1,
  entries: [{ atMs: 0, pid: 1 }, { atMs: 0, state: "idle" }, ...entries],
});
const ping = {
  fromMs: 3_000,
  untilMs: 4_000,
  agentId: "worker-0",
  text: "one",
  exitCode: 0,
  stderr: "[ok] Pinged worker-0\n",
};
const kept = { ...ping, stderr: "[warn] worker-0 was not reached yet: busy. The message is kept: …\n" };
const sample = (state: string) => ({
  exitCode: 0,
  stderr: "",
  fromMs: 10_000,
  untilMs: 10_100,
  agents: [{ agentId: "worker-0", generation: 1, state, ticketState: "in-progress" }],
});
/** A list of agents, and what the inbox said then. */
const look = (fromMs: number, texts: readonly string[] = []) => ({
  ...sample("idle"),
  fromMs,
  untilMs: fromMs + 100,
  agents: [
    { agentId: "worker-0", generation: 1, state: "idle", ticketId: "tk-1", ticketState: "in-progress" },
  ],
  inbox: {
    fromMs: fromMs + 100,
    untilMs: fromMs + 200,
    items: texts.map((text) => ({
      kind: "message",
      about: "worker-0",
      text,
      what: "A message of manual waits: busy",
    })),
  },
});
const sound = {
  records: [session([{ atMs: 5_000, message: "one" }])],
  pings: [ping],
  samples: [sample("idle")],
  kills: [],
  keys: 0,
  tickets: [],
  ended: { code: 0, said: "" },
  teardown: { exitCode: 0, stderr: "" },
  processesLeft: [],
  socketsLeft: [],
  fsck: { status: 0, stdout: "", stderr: "" },
};

// P25: a judge that finds nothing wrong in what is wrong proves nothing.
test.each([
  ["nothing", {}, []],
  ["a message that nobody got", { records: [session([])] }, [/^lost: worker-0 got "one" 0 times/]],
  [
    "a message that came twice",
    {
      records: [
        session([
          { atMs: 1, message: "one" },
          { atMs: 2, message: "one" },
        ]),
      ],
    },
    [/^lost: worker-0 got "one" 2 times/],
  ],
  [
    "a message that came although it was refused",
    {
      pings: [ping, { ...ping, text: "two", exitCode: 1, stderr: "was not reached" }],
      records: [
        session([
          { atMs: 1, message: "one" },
          { atMs: 2, message: "two" },
        ]),
      ],
    },
    [/^false refusal/],
  ],
  [
    "a message that was kept, and came later or not at all",
    {
      pings: [ping, { ...kept, text: "two" }, { ...kept, text: "three" }],
      records: [
        session([
          { atMs: 1, message: "one" },
          { atMs: 2, message: "two" },
        ]),
      ],
    },
    [],
  ],
  [
    "a message that was kept and came twice",
    {
      pings: [ping, { ...kept, text: "two" }],
      records: [
        session([
          { atMs: 1, message: "one" },
          { atMs: 2, message: "two" },
          { atMs: 3, message: "two" },
        ]),
      ],
    },
    [/^double: worker-0 got "two" 2 times/],
  ],
  [
    "a message that was kept, waits no more, and never came, though its agent goes on",
    {
      pings: [ping, { ...kept, text: "two" }],
      samples: [look(1_000), look(10_000, ["two"]), look(20_000), look(30_000)],
    },
    [/^vanished: worker-0 goes on with its ticket, and "two"/],
  ],
  [
    "the same of one that was killed and goes on",
    {
      pings: [ping, { ...kept, text: "two" }],
      records: [
        session([{ atMs: 5_000, message: "one" }]),
        { ...session([{ atMs: 16_000, state: "busy" }]), generation: 2 },
      ],
      samples: [look(1_000), look(20_000), look(30_000)],
      kills: [{ agentId: "worker-0", generation: 1, atMs: 15_000 }],
    },
    [/^vanished: worker-0/, /no state was compared/],
  ],
  [
    "a message that was kept until its ticket moved on",
    {
      pings: [ping, { ...kept, text: "two" }],
      records: [
        session([
          { atMs: 5_000, message: "one" },
          { atMs: 15_000, command: ["ticket", "transition", "tk-1", "review"], exitCode: 0 },
        ]),
      ],
      samples: [look(1_000), look(10_000, ["two"]), look(20_000), look(30_000)],
    },
    [],
  ],
  [
    "a message that waits for an agent that waits",
    {
      pings: [ping, { ...kept, text: "two" }],
      samples: [look(1_000), look(10_000, ["two"]), look(40_000, ["two"])],
    },
    [/^not given: worker-0 waited 20 s for a task, and "two" still waits/],
  ],
  [
    "that no kept message is ever given",
    {
      pings: [ping, ...Array.from({ length: 8 }, (_, index) => ({ ...kept, text: `kept ${index}` }))],
    },
    [/^of 8 messages that were kept, none was ever given/],
  ],
  ["a wrong state", { samples: [sample("busy")] }, [/^state: worker-0 was idle/]],
  [
    "a state that changed while it was looked at",
    {
      samples: [sample("idle"), { ...sample("busy"), fromMs: 20_000, untilMs: 20_100 }],
      records: [
        session([
          { atMs: 5_000, message: "one" },
          { atMs: 19_500, state: "waiting" },
        ]),
      ],
    },
    [],
  ],
  [
    "a killed agent that nobody went on with",
    {
      kills: [{ agentId: "worker-0", generation: 1, atMs: 20_000 }],
      samples: [sample("idle"), { ...sample("running"), fromMs: 90_000, untilMs: 90_100 }],
    },
    [/nobody went on/, /no state was compared/],
  ],
  ...([2, 3] as const).map(
    (generation) =>
      [
        `an agent that was killed in session ${generation}, while its ticket waits for a person`,
        {
          kills: [{ agentId: "worker-0", generation, atMs: 20_000 }],
          samples: [sample("idle"), { ...sample("idle"), fromMs: 90_000, untilMs: 90_100 }],
          tickets: [
            {
              id: "tk-1",
              text: '---\nassigned_agent_id: worker-0\naction_required: "3 attempts of a worker ended"\naction_required_by: supervisor\n---\n',
            },
          ],
        },
        generation === 3 ? [] : [/in generation 2 and nobody went on/],
      ] as const,
  ),
  [
    "a comment that is not there",
    {
      records: [
        session([
          { atMs: 1, message: "one" },
          { atMs: 2, command: ["ticket", "comment", "tk-1", "worker-0", "turn 1.1"], exitCode: 0 },
        ]),
      ],
    },
    [/^comment "turn 1.1" of worker-0 is in tk-1 0 times/],
  ],
  ["a process that is left", { processesLeft: ["7 sleep"] }, [/^left after teardown: 7 sleep/]],
  ["no message at all", { pings: [], records: [session([])] }, [/no message was delivered/]],
])("the judge of panes finds %s", (_name, planted, found) => {
  const { findings } = judgePanes({ ...sound, ...planted });
  expect(findings).toHaveLength(found.length);
  for (const [index, pattern] of found.entries()) expect(findings[index]).toMatch(pattern);
});
