// The real programs without a terminal, through the built command and the process runner. Only the model is scripted.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadProfiles, openProject, type ProjectRoot, projectPaths } from "@wiggum/control-plane";
import { createProcessRunner } from "@wiggum/runner-process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AgentProgram, agentPrograms, testWith, versionOf } from "./testing/agent-programs.js";
import {
  createScriptedProject,
  eventually,
  patienceMs,
  type ScriptedModel,
  type Step,
  startModel,
} from "./testing/scripted-project.js";

let model: ScriptedModel;
beforeAll(async () => {
  model = await startModel();
});
afterAll(() => model.stop());

const limitMs = 900_000;
/** Works until the file `go` lies in the worktree. */
const waitForGo: Step = { text: "Now I wait.", run: "until [ -e go ]; do sleep 0.1; done" };
const finished: Step = { text: "All is done." };

test("the versions that profiles call verified are the ones that are run here", async () => {
  const profiles = await loadProfiles(projectPaths("/nowhere" as ProjectRoot));
  const verified = profiles.flatMap(({ profile }) => (profile.verified.length === 0 ? [] : [profile]));
  expect(verified.map(({ name, verified: versions }) => [name, versions])).toEqual(
    agentPrograms.map((program) => [program, [`${versionOf(program)} (Linux)`]]),
  );
});

describe.each(agentPrograms)("%s without a terminal", (program) => {
  const testIt = testWith(program);

  testIt(
    "reads its prompt, is seen working, edits, commits, hands in and ends",
    async () => {
      const project = await createScriptedProject(program, model);
      const id = await project.work([
        waitForGo,
        {
          text: "I write.",
          run: "echo hello > hello.txt && git add hello.txt && git commit -qm 'Say hello'",
        },
        { text: "I hand in.", run: "wiggum ticket transition {ticket} review" },
        finished,
      ]);
      const busy = await project.state("worker-0", "busy");
      expect(busy.why).toMatch(/^busy \((protocol|hook): busy/);

      writeFileSync(join(project.worktree("worker-0"), "go"), "");
      await project.state("worker-0", "exited");
      const log = await project.succeed(["logs", "worker-0", "--tail", "200"]);
      expect((await project.agent("worker-0")).why, log).toContain("code 0");
      const { state } = await project.json<{ state: string }>(["ticket", "show", id]);
      expect(state, log).toBe("review");
      expect(project.git("show", `feature/${id}:hello.txt`)).toBe("hello");
      // People read words, not the records that the program prints.
      for (const said of ["Now I wait.", "I write.", "All is done."]) expect(log).toContain(said);
      expect(log).not.toContain('{"type"');
      // Its own hook has said so, too.
      expect(lastReport(project.stateFile("worker-0", "reports.jsonl"))).toMatchObject({ fact: "idle" });
      await eventually("nothing of it is left", async () => project.processes().length === 0);
    },
    limitMs,
  );

  testIt(
    "may write where it must beside its worktree; elsewhere only without rules or a sandbox",
    async () => {
      const project = await createScriptedProject(program, model);
      const probe = join(project.root, ".wiggum", "probe");
      const outside = join(project.root, "outside");
      const id = await project.work([
        { run: `echo yes > ${probe}` },
        // Objects, the branch, the index and the worktree's own folder in the git data; then the tickets.
        { run: "git commit -q --allow-empty -m More" },
        { run: "wiggum ticket comment {ticket} worker-0 Seen" },
        { run: `echo no > ${outside}` },
        finished,
      ]);
      await project.state("worker-0", "exited");
      const log = await project.succeed(["logs", "worker-0", "--tail", "200"]);
      expect(existsSync(probe), log).toBe(true);
      expect(project.git("log", "-1", "--format=%s", "worker-0"), log).toBe("More");
      expect(await project.succeed(["ticket", "show", id]), log).toContain("Seen");
      // What docs/agent-profiles.md says of each.
      expect(existsSync(outside), log).toBe(program === "opencode");
    },
    limitMs,
  );

  testIt(
    "is killed in the middle of a command, with everything that it started",
    async () => {
      const project = await createScriptedProject(program, model);
      await project.work([
        { text: "For ever.", run: "touch started; until [ -e never ]; do sleep 0.1; done" },
        finished,
      ]);
      await eventually("its command runs", async () =>
        existsSync(join(project.worktree("worker-0"), "started")),
      );
      expect(project.processes().length).toBeGreaterThan(1);
      await project.succeed(["kill", "worker-0", "--force"]);
      expect(project.processes()).toEqual([]);
      expect(existsSync(project.worktree("worker-0"))).toBe(false);
    },
    limitMs,
  );

  testIt(
    "answers one question, without tools, and nothing of it is left",
    async () => {
      const { project, close } = await opened(program);
      const question = (steps: readonly Step[]) => `What is it?\n<script>${JSON.stringify(steps)}</script>`;
      expect(await project.ask(question([{ text: "It is\nfine." }]), { timeoutMs: patienceMs })).toBe(
        "It is\nfine.",
      );
      await expect(project.ask(question([{ hang: true }]), { timeoutMs: 5_000 })).rejects.toMatchObject({
        code: "RUNNER_FAILED",
      });
      expect(close.processes()).toEqual([]);
    },
    limitMs,
  );
});

/** As `fetch` and `digest` open a project: in this process, with the runner itself. */
async function opened(program: AgentProgram) {
  const project = await createScriptedProject(program, model);
  const { root, environment } = project;
  const own = await openProject(root, { runner: createProcessRunner(), environment });
  return { project: own, close: project };
}

function lastReport(path: string): unknown {
  return JSON.parse(readFileSync(path, "utf8").trimEnd().split("\n").at(-1) ?? "");
}
