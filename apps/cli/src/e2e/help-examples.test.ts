// What help shows as an example is typed here as it stands, with the ids of tickets, agents and events that there are.
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { app } from "../app.js";
import { topics } from "../topics.js";
import { allLeaves, rootCommands } from "../tree.js";
import { createRepository, type Ran, type Repository } from "./built-wiggum.js";
import { eventually } from "./eventually.js";

let repository: Repository;
let fresh: Repository;
let bare: Repository;
/** A worker at work on a ticket of its own. */
let worker: string;

beforeAll(async () => {
  [repository, fresh, bare] = await Promise.all([
    createRepository(),
    createRepository(),
    createRepository({ isInitialised: false }),
  ]);
  const types = JSON.parse(repository.read(".wiggum/ticket_types.json"));
  types.types.task.transitions.push({ from: "closed", to: "ready", name: "reopen" });
  const handIn = types.types.task.transitions.find(({ to }: { to: string }) => to === "review");
  handIn.after = [{ name: "on-draft-done", mode: "once" }];
  repository.write(".wiggum/ticket_types.json", JSON.stringify(types));
  // The shipped hooks would start and end agents behind the examples' back.
  for (const hook of ["on-review-done", "on-review-rejected", "on-qa-done", "on-qa-rejected", "on-close"])
    repository.write(`.wiggum/hooks/${hook}`, "#!/bin/sh\n", 0o755);
  repository.write(
    ".wiggum/hooks/on-draft-done",
    '#!/bin/sh\ntest ! -e "$MAIN_PROJECT_ROOT/failing"\n',
    0o755,
  );
  for (const file of ["story.md", "review.md", "note.txt"]) repository.write(file, "Some text.\n");
  for (const tool of ["failing-tests", "ask"])
    repository.write(`.wiggum/tools/${tool}`, '#!/bin/sh\necho "$1: $2"\n', 0o755);
  worker = await agent();
}, 60_000);
afterAll(async () => {
  for (const one of [repository, fresh, bare]) await one.remove();
}, 60_000);

/** What stands in examples for things that have other names here. */
interface Stage {
  readonly ticket?: string;
  readonly agent?: string;
  readonly salvage?: string;
  readonly event?: string;
  readonly operation?: string;
  readonly cwd?: string;
}

const ready = () =>
  repository.succeed(["ticket", "create", "One", "--acceptance-test", "a", "--acceptance-test", "b"]);

async function claimed(): Promise<string> {
  const id = await ready();
  await repository.succeed(["ticket", "claim", id, "worker-55"]);
  return id;
}

async function inReview(): Promise<string> {
  const id = await claimed();
  await repository.succeed(["ticket", "transition", id, "review"]);
  return id;
}

async function agent(): Promise<string> {
  return repository.succeed(["spawn", "worker", await ready(), "--force"]);
}

const worktree = (agentId: string) => join(repository.root, "worktrees", agentId);

async function withFeature(): Promise<Stage> {
  const ticket = await ready();
  repository.git("branch", `feature/${ticket}`);
  return { ticket };
}

async function inWorktree(): Promise<Stage> {
  const ticket = (await repository.json<{ agentId: string; ticketId: string }[]>(["list"])).find(
    ({ agentId }) => agentId === worker,
  )?.ticketId;
  return { cwd: worktree(worker), ...(ticket === undefined ? {} : { ticket }) };
}

async function salvaged(): Promise<Stage> {
  const agentId = await agent();
  repository.write(`worktrees/${agentId}/unsaved.txt`, "precious\n");
  await repository.succeed(["kill", agentId, "--force"]);
  const names = (await repository.json<{ name: string }[]>(["salvage", "list"])).map(({ name }) => name);
  const salvage = names.find((name) => name.startsWith(`${agentId}/`));
  return salvage === undefined ? {} : { salvage };
}

async function failedHook(): Promise<Stage> {
  const id = await claimed();
  repository.write("failing", "");
  await repository.succeed(["ticket", "transition", id, "review"]);
  const pending = () =>
    repository.json<{ eventId: string; ticketId: string; status: string }[]>(["hook", "pending"]);
  const event = await eventually("a failed hook", async () =>
    (await pending()).find(({ ticketId, status }) => ticketId === id && status === "failed"),
  );
  repository.git("clean", "-fdq", "failing");
  return { event: event.eventId };
}

async function written(): Promise<Stage> {
  const operation = "01JE0000000000000000000000";
  await repository.succeed(["ticket", "comment", await ready(), "me", "hello", "--operation-id", operation]);
  return { operation };
}

/** Files to attach, and a ticket of their own; with `names` they are attached already. */
async function attachable(...names: readonly string[]): Promise<Stage> {
  const ticket = await ready();
  for (const path of ["report.txt", "out/1.log", "screen.png"]) repository.write(path, `${path}\n`);
  for (const name of names) {
    await repository.succeed(["ticket", "attachment", "add", ticket, name]);
    rmSync(join(repository.root, name));
  }
  return { ticket };
}

const freshAgent = async (): Promise<Stage> => ({ agent: await agent() });
const reviewed = async (): Promise<Stage> => ({ ticket: await inReview() });

const free = async (): Promise<Stage> => ({ ticket: await ready() });

/** What must be so before an example, by command or by a whole example; all others share a ticket that is ready. */
const stages: Readonly<Record<string, () => Promise<Stage>>> = {
  spawn: free,
  "has-capacity": free,
  "ticket claim": free,
  "ticket close": free,
  "ticket transition": free,
  kill: freshAgent,
  "salvage show": salvaged,
  "salvage restore": salvaged,
  "salvage drop": salvaged,
  "hook retry": failedHook,
  "hook drop": failedHook,
  "branch merge": withFeature,
  "branch cleanup": withFeature,
  rebase: inWorktree,
  "ticket outcome": written,
  "ticket approve": reviewed,
  "ticket reject": reviewed,
  "ticket release": async () => ({ ticket: await claimed() }),
  "ticket unassign": async () => ({ ticket: await claimed() }),
  async "ticket reopen"() {
    const ticket = await ready();
    await repository.succeed(["ticket", "close", ticket]);
    return { ticket };
  },
  async "ticket dep remove"() {
    const ticket = await ready();
    await repository.succeed(["ticket", "dep", "add", ticket, await other()]);
    return { ticket };
  },
  async "ticket action clear"() {
    const ticket = await ready();
    await repository.succeed(["ticket", "action", "require", ticket, "Why?"]);
    return { ticket };
  },
  "ticket attachment add": () => attachable(),
  "ticket attachment read": () => attachable("report.txt", "screen.png"),
  "ticket attachment remove": () => attachable("report.txt"),
  async "ticket import"() {
    repository.write(".beads/issues.jsonl", '{"id":"bd-1","title":"One"}\n');
    repository.write(
      "backlog/tasks/task-1 - One.md",
      "---\nid: task-1\ntitle: One\nstatus: In Review\n---\n",
    );
    repository.write("issues.json", '[{"number":1,"title":"One","state":"OPEN"}]');
    return {};
  },
  "wiggum ticket transition tk-5c46 review": async () => ({ ticket: await claimed() }),
  "wiggum ticket transition tk-5c46 review --dry-run": async () => ({ ticket: await claimed() }),
  async "wiggum ticket claim tk-5c46"() {
    const cwd = worktree(worker);
    const ticket = await ready();
    // An agent takes what it was shown.
    await repository.succeed(["ticket", "ready"], { cwd });
    return { ticket, cwd };
  },
};

const shared = new Map<string, Promise<string>>();
/** A ready ticket that examples share: one that is theirs, and one that it depends on. */
function sharedTicket(name: "own" | "other"): Promise<string> {
  const id = shared.get(name) ?? ready();
  shared.set(name, id);
  return id;
}
const other = () => sharedTicket("other");

/** They end only by Ctrl-C. */
const endless = ["wiggum run", "wiggum logs worker-0 --follow"];
/** They need panes, or end all agents: typed in `panes.test.ts`. The modules of `conformance` are in `conformance.test.ts`, an agent that asks is in `opencode-server.test.ts`. */
const elsewhere = ["attach", "send-keys", "teardown", "conformance", "answer"];

async function filledIn(example: string, stage: Stage): Promise<string> {
  const ticket = stage.ticket ?? (await sharedTicket("own"));
  return example
    .replaceAll("tk-5c46", ticket)
    .replaceAll(/\b5c4\b/g, ticket.slice("tk-".length))
    .replaceAll("tk-3a1b", await other())
    .replaceAll(/worker-0\/01JD2Q\w*/g, stage.salvage ?? "no-salvage")
    .replaceAll("01JD2QK8T3V5X7Z9B1D3F5H7K9", stage.operation ?? "no-operation")
    .replaceAll("01JD2Q", stage.event ?? "no-event")
    .replaceAll("worker-0", stage.agent ?? worker);
}

/** As somebody would type it, in a shell. */
async function typed(line: string, one: Repository, cwd: string = one.root): Promise<Ran> {
  const environment = { ...one.environment, WIGGUM_MAX_AGENTS: "100", EDITOR: "true" };
  const child = spawn("sh", ["-c", line], { cwd, env: environment, stdio: ["ignore", "pipe", "pipe"] });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on("data", (part: Buffer) => out.push(part));
  child.stderr.on("data", (part: Buffer) => err.push(part));
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? -1));
  });
  return { exitCode, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() };
}

const commands = await Promise.all(
  [...allLeaves(rootCommands(app))].map(async ({ words, leaf }) => ({
    name: words.join(" "),
    examples: (await leaf.load()).default.examples.filter((example) => !endless.includes(example)),
  })),
);

test.each(Object.keys(topics))("help %s: the page goes with the built command", async (topic) => {
  const { exitCode, stdout, stderr } = await typed(`wiggum help ${topic}`, bare, bare.programs);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  expect(stdout.length).toBeGreaterThan(500);
});

test.each(commands.filter(({ name }) => !elsewhere.includes(name)))(
  "$name",
  { timeout: 120_000 },
  async ({ name, examples }) => {
    for (const example of examples) {
      // What sets a project up or looks at all of it gets one of its own.
      const place =
        name === "init" ? bare : ["run", "doctor", "ticket export"].includes(name) ? fresh : repository;
      const stage = place === repository ? await (stages[example] ?? stages[name])?.() : {};
      const line = place === repository ? await filledIn(example, stage ?? {}) : example;
      const { exitCode, stderr } = await typed(line, place, stage?.cwd);
      expect({ line, exitCode, stderr }).toEqual({ line, exitCode: 0, stderr });
    }
  },
);
