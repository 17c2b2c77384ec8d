// The real programs in a terminal, started as a runner of panes starts them. Plain tmux on a server of the test's own.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadRole, type ProjectRoot, prepareLaunch, projectPaths, readSettings } from "@wiggum/control-plane";
import { createGit } from "@wiggum/git";
import { agentArguments, type EvidenceFact, evidenceOfReports, type PaneProfile } from "@wiggum/workflow";
import { afterAll, beforeAll, describe, expect, onTestFinished } from "vitest";
import { type AgentProgram, agentPrograms, testWith } from "./testing/agent-programs.js";
import { asking } from "./testing/asking.js";
import {
  createScriptedProject,
  eventually,
  type ScriptedModel,
  type Step,
  startModel,
} from "./testing/scripted-project.js";

let model: ScriptedModel;
beforeAll(async () => {
  model = await startModel();
});
afterAll(() => model.stop());

describe.each(agentPrograms)("%s in a terminal", (program) => {
  testWith(program)(
    "starts with its prompt and no dialog; is seen working, asking and idle; leaves nothing behind",
    async () => {
      const pane = await startPane(program, [
        { text: "Now I wait.", run: "until [ -e go ]; do sleep 0.1; done" },
        asking[program].step,
        { text: "All is done." },
      ]);
      await pane.shows("busy");
      if (program !== "codex") await pane.reports({ kind: "busy" });

      writeFileSync(join(pane.worktree, "go"), "");
      await pane.shows("waiting");
      if (program !== "codex") {
        const { question } = (await pane.reports({ kind: "waiting" })) as { question: string };
        expect(question).toContain("curl");
      }

      pane.keys(...asking[program].allow);
      await pane.shows("idle");
      await pane.reports({ kind: "idle" });
      expect(pane.screen()).toContain("All is done.");
      // Hidden work of its own, such as making up a title, is no end of a turn.
      if (program === "codex") expect(pane.endsOfTurns()).toBe(1);

      // A draft that nobody has sent is no idle prompt; the keys that empty the composer give it back.
      pane.keys("x", "y", "z");
      await eventually("the draft is seen", async () => /xyz/.test(pane.screen()) && pane.judge() !== "idle");
      pane.keys(...(pane.profile.keysToClear ?? []));
      await pane.shows("idle");

      pane.end();
      await eventually("nothing of it is left", async () => pane.processes().length === 0);
    },
    900_000,
  );
});

async function startPane(program: AgentProgram, steps: readonly Step[]) {
  const project = await createScriptedProject(program, model);
  const worktree = project.worktree("worker-0");
  project.git("worktree", "add", "-q", "-b", "worker-0", worktree);
  const stateDirectory = join(project.root, ".wiggum", "state", "worker-0", "1");
  const promptFile = join(worktree, ".wiggum", "current_prompt.md");
  mkdirSync(join(promptFile, ".."), { recursive: true });
  writeFileSync(promptFile, `<script>${JSON.stringify(steps)}</script>\n`);

  const paths = projectPaths(project.root as ProjectRoot);
  const { settings } = await readSettings(paths.root, { environment: project.environment });
  const git = createGit({ cwd: project.root });
  const role = await loadRole(paths, "worker");
  const launch = await prepareLaunch({ git, paths, settings }, role, {
    form: "pane",
    worktree,
    stateDirectory,
    environment: project.environment,
  });
  const profile = launch.profile.screen;
  if (profile === undefined) throw new Error(`nothing is known of the screen of ${program}`);
  const promptLine = "Read .wiggum/current_prompt.md and do what it says.";
  const variables = Object.entries({ ...launch.environment, TERM: "screen-256color" });
  const words = [
    ...["env", "-i", ...variables.map(([name, value]) => `${name}=${value}`)],
    launch.command[0] ?? "",
    ...agentArguments({ ...launch, promptFile, promptLine }),
  ];
  const server = ["-L", `wiggum-real-${process.pid}-${program}`, "-f", "/dev/null"];
  const tmux = (...args: string[]) => execFileSync("tmux", [...server, ...args], { encoding: "utf8" });
  const end = () => void spawnSync("tmux", [...server, "kill-server"]);
  onTestFinished(end);
  tmux("new-session", "-d", "-s", "main", "-x", "140", "-y", "45", "-c", worktree, "--", ...words);

  const screen = () =>
    tmux("capture-pane", "-p", "-t", "main")
      .split("\n")
      .map((row) => row.trimEnd())
      .join("\n")
      .trimEnd();
  const judge = () => judgeScreen(profile, screen());
  const shows = async (wanted: string) => {
    try {
      await eventually(`the screen says ${wanted} twice`, async () => {
        if (judge() !== wanted) return false;
        await new Promise((resolve) => setTimeout(resolve, 300));
        return judge() === wanted;
      });
    } catch (error) {
      throw new Error(`${String(error)}; it says ${judge()}:\n${screen()}`);
    }
  };
  const reports = async (wanted: EvidenceFact) =>
    eventually(`a report of ${wanted.kind}`, async () => {
      const text = readIfThere(join(stateDirectory, "reports.jsonl"));
      const [last] = evidenceOfReports(text, { generation: 1, nowMs: 0, wallNowMs: Date.now() });
      return last?.fact.kind === wanted.kind && last.fact;
    });
  const endsOfTurns = () =>
    readIfThere(join(stateDirectory, "reports.jsonl"))
      .split("\n")
      .filter((line) => line.includes("agent-turn-complete")).length;
  const keys = (...names: readonly string[]) => {
    for (const name of names) tmux("send-keys", "-t", "main", name);
  };
  return {
    worktree,
    profile,
    screen,
    judge,
    shows,
    reports,
    endsOfTurns,
    keys,
    end,
    processes: project.processes,
  };
}

/** As a runner of panes judges it. */
function judgeScreen(profile: PaneProfile, text: string): string | undefined {
  const kinds = ["blocked", "waiting", "busy", "idle"] as const;
  return kinds.find((kind) => profile[kind] !== undefined && new RegExp(profile[kind], "mu").test(text));
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
