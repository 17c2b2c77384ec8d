// attach, send-keys and teardown, where a real terminal or a real tmux cannot be made to do what they must withstand.
import type { PaneSession } from "@wiggum/control-plane";
import { describe, expect, test } from "vitest";
import { runWithFakes } from "./testing/fake-host.js";

const session: PaneSession = {
  name: "wiggum-project",
  socketPath: "/sockets/one",
  panes: [
    { paneId: "%4", windowIndex: 0, paneIndex: 0, isDead: false },
    { paneId: "%5", windowIndex: 0, paneIndex: 1, agentId: "worker-0", isDead: false },
  ],
};
const handle = { runner: "tmux", agentId: "worker-0", generation: 1, data: { paneId: "%5" } };
const agent = {
  ticketId: "tk-1",
  facts: { agentId: "worker-0", role: "worker", isLive: true, session: { generation: 1, handle } },
  handle,
  why: "running",
};

function projectWith(changes: object = {}) {
  const sent: unknown[] = [];
  const project = {
    registry: { hasSession: async () => true },
    agents: async () => [agent],
    agent: async (id: string) => (id === "worker-0" ? agent : undefined),
    runner: {
      name: "tmux",
      attach: async () => ["tmux", "select-pane", "-t", "%5", ";", "attach-session", "-t", "$0"],
      keys: async (...given: unknown[]) => void sent.push(given),
    },
    panes: {
      session: async () => session,
      attachSession: async () => ["tmux", "attach-session", "-t", "$0"],
      endSession: async () => undefined,
    },
    ...changes,
  };
  return { project, sent };
}

describe("attach", () => {
  test.each([
    [["attach"], ["tmux", "attach-session", "-t", "$0"]],
    [
      ["attach", "--session", "wiggum-project"],
      ["tmux", "attach-session", "-t", "$0"],
    ],
    [["attach", "worker-0"], expect.arrayContaining(["select-pane", "%5"])],
    // The number that tmux shows in the pane.
    [["attach", "1"], expect.arrayContaining(["select-pane", "%5"])],
  ])("%j lends the terminal", async (typed, command) => {
    const { project } = projectWith();
    const ran = await runWithFakes(typed, { project, answers: [] });
    expect(ran).toMatchObject({ exitCode: 0, stdout: "", stderr: "", terminal: [command] });
  });

  test("what tmux ends with is told, not passed on as an exit code of ours", async () => {
    const { project } = projectWith();
    const ran = await runWithFakes(["attach"], { project, answers: [], terminalExit: 3 });
    expect(ran.exitCode).toBe(1);
    expect(ran.stderr).toContain("The session could not be shown (exit 3)");
  });

  test.each([
    [{ answers: [] }, {}, ["attach", "--session", "other"], 3, "Session 'other' not found"],
    [{ answers: [] }, {}, ["attach", "0"], 4, "Agent not found in registry: 0"],
    [{}, {}, ["attach"], 1, "There is no terminal here"],
    [{ answers: [] }, { panes: undefined }, ["attach"], 1, "The agents run without panes"],
    [
      { answers: [] },
      { panes: undefined, agents: async () => [] },
      ["attach"],
      3,
      "Session 'wiggum-project' not found",
    ],
    [{ answers: [] }, { runner: { name: "process" } }, ["attach", "worker-0"], 1, "worker-0 has no pane"],
    // Neither without a terminal does it matter more that there is none.
    [{}, {}, ["attach", "--session", "other"], 3, "Session 'other' not found"],
    [{}, {}, ["attach", "worker-0", "--session", "other"], 3, "Session 'other' not found"],
  ])("%j %j %j: exit %i", async (options, changes, typed, exitCode, said) => {
    const { project } = projectWith(changes);
    const ran = await runWithFakes(typed, { project, environment: { NO_COLOR: "1" }, ...options });
    expect(ran).toMatchObject({ exitCode, stdout: "", terminal: [] });
    expect(ran.stderr).toContain(`[error] ${said}`);
    expect(ran.stderr).toContain("next: ");
  });
});

describe("send-keys", () => {
  test("hands the words on as they are, one key each, and no Enter", async () => {
    const { project, sent } = projectWith();
    const ran = await runWithFakes(["send-keys", "1", "C-c", "a; b", "--", "-x"], { project });
    expect(ran).toMatchObject({ exitCode: 0, stdout: "", stderr: "[ok] Sent keys to worker-0\n" });
    expect(sent).toEqual([[handle, ["C-c", "a; b", "-x"]]]);
  });

  test("a runner without keys: exit 1, and what to do instead", async () => {
    const { project } = projectWith({ runner: { name: "process" } });
    const ran = await runWithFakes(["send-keys", "worker-0", "x"], { project });
    expect(ran.exitCode).toBe(1);
    expect(ran.stderr).toContain(
      "next: Send it a message: wiggum ping worker-0 <message>. To have it in a pane: wiggum kill worker-0, then wiggum spawn worker tk-1 --runner tmux\n",
    );
  });
});

describe("teardown", () => {
  test("one agent needs no --force, several do: nothing is done to them", async () => {
    const two = projectWith({ agents: async () => [agent, agent] });
    const refused = await runWithFakes(["teardown"], { project: two.project });
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain("[error] Active workers detected. Use --force to kill anyway.");
    expect(refused.stderr).toContain("worker-0 (tk-1): running");
  });

  test("neither agents nor panes are left: exit 3", async () => {
    const { project } = projectWith({ agents: async () => [], panes: { session: async () => undefined } });
    const ran = await runWithFakes(["teardown", "--force"], { project });
    expect(ran.exitCode).toBe(3);
    expect(ran.stderr).toContain("[error] Session 'wiggum-project' not found");
  });
});
