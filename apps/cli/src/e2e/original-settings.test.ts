// Settings and ticket types as the original shell version wrote them, read by the built command.
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRepository, type Repository } from "./built-wiggum.js";

let repository: Repository;
beforeAll(async () => {
  repository = await createRepository({
    // The agent command is the file's matter here.
    environment: () => ({ WIGGUM_AGENT_CMD: undefined }),
  });
});
afterAll(() => repository.remove());

const settings = (text: string) => repository.write(".wiggum/config.sh", text);
const session = async (typed: readonly string[] = [], environment: Record<string, string> = {}) =>
  (await repository.json<{ session: { name: string } }>([...typed, "status"], { environment })).session.name;

const spellings: Readonly<Record<string, (name: string, value: string) => string>> = {
  'NAME="value"  # comment': (name, value) => `${name}="${value}"  # a comment\n`,
  "NAME='value'": (name, value) => `${name}='${value}'\n`,
  "NAME=value": (name, value) => `${name}=${value}\n`,
  "export NAME=value": (name, value) => `export ${name}=${value}\n`,
  ': "${NAME:=value}"': (name, value) => `: "\${${name}:=${value}}"\n`,
  ': "${NAME:=value}" # comment': (name, value) => `: "\${${name}:=${value}}"   # a comment\n`,
  ": ${NAME:=value}": (name, value) => `: \${${name}:=${value}}\n`,
};

describe.each(Object.entries(spellings))("config.sh spelled %s", (_spelling, line) => {
  test("flag beats environment beats file beats default", async () => {
    settings(`# nothing set\n`);
    expect(await session()).toBe("wiggum-project");
    settings(line("WIGGUM_SESSION", "of-the-file"));
    expect(await session()).toBe("of-the-file");
    expect(await session([], { WIGGUM_SESSION: "of-the-environment" })).toBe("of-the-environment");
    expect(await session(["--session", "of-the-flag"], { WIGGUM_SESSION: "of-the-environment" })).toBe(
      "of-the-flag",
    );
  });
});

test("the original's whole file, and one file instead of it for a call", async () => {
  settings(`#!/bin/bash
# wiggum configuration
: "\${WIGGUM_SESSION:=wiggum-old}"
: "\${WIGGUM_MAX_AGENTS:=1}"
: "\${WIGGUM_POLL_INTERVAL:=10}"
: "\${WIGGUM_AGENT_CMD:=sh -c 'sleep 600'}"
: "\${WIGGUM_LAYOUT:=even-vertical}"   # any tmux layout
: "\${WIGGUM_EDITOR:=\${EDITOR:-vim}}"
: "\${WIGGUM_AUTO_SYNC:=true}"
`);
  const first = await repository.succeed([
    "spawn",
    "worker",
    await repository.succeed(["ticket", "create", "One"]),
  ]);
  expect(first).toBe("worker-0");
  const full = await repository.wiggum(["has-capacity"]);
  expect(full).toMatchObject({ exitCode: 1, stdout: "false\n" });
  expect(
    await repository.wiggum(["has-capacity"], { environment: { WIGGUM_MAX_AGENTS: "2" } }),
  ).toMatchObject({
    exitCode: 0,
    stdout: "true\n",
  });
  repository.write("other.sh", 'WIGGUM_SESSION="other"\nWIGGUM_MAX_AGENTS=3\n');
  expect(await session(["--config", "other.sh"])).toBe("other");
  expect(await session([], { WIGGUM_CONFIG_PATH: "other.sh" })).toBe("other");
  expect((await repository.wiggum(["has-capacity", "--config", "other.sh"])).stdout).toBe("true\n");
  expect((await repository.wiggum(["status", "--config", "missing.sh"])).exitCode).toBe(2);
  await repository.succeed(["kill", first, "--force"]);
});

test("WIGGUM_EDITOR and WIGGUM_AUTO_SYNC of the file are what ticket commands go by", async () => {
  const id = await repository.succeed(["ticket", "create", "Edited"]);
  const editor = repository.write(
    "../programs/editor",
    '#!/bin/sh\nsed -i "s/^priority: 2/priority: 4/" "$1"\n',
    0o755,
  );
  settings(`: "\${WIGGUM_EDITOR:=${editor}}"\n: "\${WIGGUM_AUTO_SYNC:=false}"\n`);
  const edited = await repository.wiggum(["ticket", "edit", id]);
  expect(edited.exitCode).toBe(0);
  settings("# none\n");
  expect(await repository.json(["ticket", "show", id])).toMatchObject({ priority: 4 });
  settings(`: "\${WIGGUM_AUTO_SYNC:=false}"\n`);
  await repository.succeed(["ticket", "assign", id, "worker-9"]);
  expect(repository.read(`.wiggum/tickets/${id}.md`)).toContain("assigned_agent_id: worker-9\n");
  const stored = repository.git("-C", ".wiggum/tickets.git", "cat-file", "blob", `main:${id}.md`);
  expect(stored).toMatch(/^assigned_agent_id:$/m);
  settings("# none\n");
  await repository.succeed(["ticket", "sync", "--push"]);
  expect(await repository.json(["ticket", "show", id])).toMatchObject({ assignedAgentId: "worker-9" });
});

describe("ticket_types.json in the original's shape", () => {
  const machine = (post: unknown) => ({
    states: ["todo", "doing", "checking", "done", "dropped"],
    default_type: "chore",
    types: ["chore", "bug"],
    transitions: {
      todo: { targets: ["doing", "dropped"], hooks: { pre: [], post: { doing: ["first", "second"] } } },
      doing: { targets: ["checking"], hooks: { pre: { checking: ["gate"] }, post: [] } },
      checking: { targets: ["doing", "done"], hooks: { pre: [], post } },
    },
  });
  const types = (value: unknown) =>
    repository.write(".wiggum/ticket_types.json", JSON.stringify(value, null, 2));
  const hook = (name: string, text: string) =>
    repository.write(`.wiggum/hooks/${name}`, `#!/bin/sh\n${text}\n`, 0o755);

  test("states, default type, targets and hooks by target are those of the file", async () => {
    types(machine({ doing: ["only-back"], "*": ["every"] }));
    for (const name of ["first", "second", "every", "only-back"])
      hook(name, `echo "${name} $1 $WIGGUM_NEW_STATE" >> ../hooks.log; echo "${name}"`);
    hook("gate", 'test -e gate-open || { echo "gate is shut"; exit 3; }');
    const log = `${repository.root}/../hooks.log`;
    const id = await repository.succeed(["ticket", "create", "By the file"]);
    const show = () => repository.json<{ type: string; state: string }>(["ticket", "show", id]);
    expect(await show()).toMatchObject({ type: "chore", state: "todo" });
    expect((await repository.wiggum(["ticket", "create", "No", "--type", "epic"])).exitCode).toBe(2);

    const skipped = await repository.wiggum(["ticket", "transition", id, "done"]);
    expect(skipped.exitCode).toBe(6);
    expect(skipped.stderr).toContain("Cannot transition from 'todo' to 'done'");
    expect(skipped.stderr).toContain("Allowed transitions from 'todo': doing, dropped");
    const unknown = await repository.wiggum(["ticket", "transition", id, "review"]);
    expect(unknown.exitCode).toBe(6);
    expect(unknown.stderr).toContain("Invalid state: review");
    expect(unknown.stderr).toContain("Valid states: todo, doing, checking, done, dropped");

    await repository.succeed(["ticket", "transition", id, "doing"]);
    const blocked = await repository.wiggum(["ticket", "transition", id, "checking"]);
    expect(blocked.exitCode).toBe(1);
    expect(blocked.stderr).toContain("Pre-transition hook 'gate' failed - transition blocked");
    expect(await show()).toMatchObject({ state: "doing" });
    repository.write("gate-open", "");
    await repository.succeed(["ticket", "transition", id, "checking"]);
    await repository.succeed(["ticket", "transition", id, "doing"]);
    await repository.succeed(["ticket", "transition", id, "checking"]);
    await repository.succeed(["ticket", "transition", id, "done"]);
    await repository.succeed(["run", "--once"]);
    expect(readFileSync(log, "utf8").split("\n").slice(0, -1)).toEqual([
      `first ${id} doing`,
      `second ${id} doing`,
      `only-back ${id} doing`,
      `every ${id} done`,
    ]);
  });

  test("a list of names is for every target", async () => {
    types(machine(["every"]));
    const id = await repository.succeed(["ticket", "create", "Everywhere"]);
    const plan = async (state: string) =>
      repository.succeed(["ticket", "transition", id, state, "--dry-run"]);
    await repository.succeed(["ticket", "transition", id, "doing"]);
    await repository.succeed(["ticket", "transition", id, "checking"]);
    expect(await plan("done")).toContain("every");
    expect(await plan("doing")).toContain("every");
  });

  test("malformed JSON: exit 1, with the file and the position", async () => {
    repository.write(".wiggum/ticket_types.json", '{\n  "states": ["a",],\n}\n');
    const ran = await repository.wiggum(["ticket", "list"]);
    expect(ran).toMatchObject({ exitCode: 1, stdout: "" });
    expect(ran.stderr).toMatch(/ticket_types\.json:2/);
  });
});
