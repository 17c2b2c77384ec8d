import { expect, test } from "vitest";
import { runPanes } from "./panes.mjs";
import { judgePanes } from "./panes-judge.mjs";

// P21 P23 P36: the short form of the bench; `node bench/panes.mjs` runs ten agents for ten minutes.
test("agents in panes that are written to, answered, killed and taken over: what the command said of them was so, and nothing is left", async () => {
  const result = await runPanes({ durationMs: 25_000, agents: 3, seed: 7 });
  try {
    expect(result.findings).toEqual([]);
    expect(result.counts.comments).toBeGreaterThan(0);
  } finally {
    result.cleanUp();
  }
}, 180_000);

const session = (entries: readonly object[]) => ({
  agentId: "worker-0",
  generation: 1,
  entries: [{ atMs: 0, pid: 1 }, { atMs: 0, state: "idle" }, ...entries],
});
const ping = { agentId: "worker-0", text: "one", exitCode: 0, stderr: "[ok] Pinged worker-0\n" };
const kept = { ...ping, stderr: "[warn] worker-0 was not reached yet: busy. The message is kept: …\n" };
const sample = (state: string) => ({
  exitCode: 0,
  stderr: "",
  fromMs: 10_000,
  untilMs: 10_100,
  agents: [{ agentId: "worker-0", generation: 1, state, ticketState: "in-progress" }],
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
