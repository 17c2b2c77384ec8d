// Agents as sessions of a real OpenCode server, through the built command. Only the model is scripted.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { testWith } from "./testing/agent-programs.js";
import {
  createScriptedProject,
  eventually,
  type ScriptedModel,
  startModel,
} from "./testing/scripted-project.js";

let model: ScriptedModel;
beforeAll(async () => {
  model = await startModel();
});
afterAll(() => model.stop());

testWith("opencode")(
  "is spawned as a session, asks and is answered or refused by its deadline, commits, hands in, takes a message, is ended with its server",
  async () => {
    const project = await createScriptedProject("opencode", model);
    project.write(
      ".wiggum/config.yaml",
      "openCode:\n  askDeadlineMs: 30000\n  permissions:\n    - { permission: bash, pattern: 'curl --help*', action: allow }\n",
    );
    const id = await project.work(
      [
        { run: "curl --help > help.txt" },
        { tool: "question", args: { questions: [{ question: "Which?", header: "Which", options: [] }] } },
        { run: "curl --manual > manual.txt" },
        { run: "curl -V > allowed.txt" },
        { run: "curl --version > version.txt" },
        { run: "echo hello > hello.txt && git add hello.txt && git commit -qm 'Say hello'" },
        { run: "wiggum ticket transition {ticket} review" },
        { text: "All is done." },
      ],
      "--runner",
      "opencode",
    );
    await project.state("worker-0", "waiting_input");
    expect(await project.succeed(["inbox"])).toContain(
      'It asks: Which?\n  wiggum answer worker-0 "<answer>"\n',
    );
    const answered = await project.wiggum(["answer", "worker-0", "the blue one"]);
    expect(answered).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/^\[ok\] Answered worker-0: its session took it as the answer to que_/),
    });
    const asks = (what: string) =>
      eventually(`it asks for ${what}`, async () =>
        (await project.succeed(["inbox"])).includes(what) ? true : undefined,
      );
    await asks("May it: bash curl --manual");
    expect((await project.wiggum(["answer", "worker-0", "yes"])).exitCode).toBe(2);
    const denied = ["answer", "worker-0", "--deny", "Read the page instead."];
    expect((await project.wiggum(denied)).stderr).toMatch(/^\[ok\] Answered worker-0: .* per_/);
    await asks("wiggum answer worker-0 --allow");
    await asks("May it: bash curl -V");
    // As the ticket that it works on.
    await project.succeed(["answer", id, "--allow"]);
    await eventually("it has handed in", async () => {
      const { state } = await project.json<{ state: string }>(["ticket", "show", id]);
      return state === "review" ? state : undefined;
    });
    const idle = await project.state("worker-0", "idle");
    expect(idle.why).toMatch(/^idle \(protocol: idle/);
    const log = await project.succeed(["logs", "worker-0", "--tail", "200"]);
    expect(log).toContain("[permission] allowed by a rule: May it: bash curl --help > help.txt?");
    expect(log).toContain("[permission] nobody answered: May it: bash curl --version > version.txt?");
    expect(log).toContain("the blue one");
    expect(log).toContain("Read the page instead.");
    const ticket = await project.succeed(["ticket", "show", id]);
    expect(ticket).toContain("worker-0 asked: Which?\n\nthe blue one");
    expect(ticket).toContain("Denied. Read the page instead.");
    expect(readFileSync(join(project.worktree("worker-0"), "allowed.txt"), "utf8")).toMatch(/^curl /);
    expect(log).toContain("All is done.");
    const record = JSON.parse(readFileSync(project.stateFile("worker-0", "opencode-session.json"), "utf8"));
    expect(record).toMatchObject({
      turns: 1,
      directory: project.worktree("worker-0"),
      title: `worker-0 ${id}`,
    });
    expect(record.tokens.output).toBeGreaterThanOrEqual(100);

    const script = JSON.stringify([{ run: "echo heard > heard.txt" }, { text: "I heard." }]);
    await project.succeed(["ping", "worker-0", `Listen: <script>${script}</script>`]);
    await eventually("it heard", async () => {
      const said = await project.succeed(["logs", "worker-0", "--tail", "200"]);
      return said.includes("I heard.") || undefined;
    });
    expect(readFileSync(join(project.worktree("worker-0"), "heard.txt"), "utf8")).toBe("heard\n");

    const attach = await project.json<{ command: readonly string[] }>(["attach", "worker-0"]);
    expect(attach.command.slice(-5)).toEqual([
      record.url,
      "--dir",
      project.worktree("worker-0"),
      "--session",
      record.sessionId,
    ]);
    expect(project.processes().length).toBeGreaterThan(1);
    await project.succeed(["kill", "worker-0", "--force"]);
    await eventually("nothing is left", async () => (project.processes().length === 0 ? true : undefined));
  },
  900_000,
);
