// What a person wrote into a ticket's file is meant for the agent that is started next.
import { afterEach, expect, test } from "vitest";
import { createRepository, type Repository, type RepositoryOptions } from "./built-wiggum.js";

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function project(options: RepositoryOptions = {}): Promise<Repository> {
  const repository = await createRepository(options);
  ends.push(() => repository.remove());
  return repository;
}

function edit(repository: Repository, id: string, change: (text: string) => string): void {
  const path = `.wiggum/tickets/${id}.md`;
  repository.write(path, change(repository.read(path)));
}

test("edits that wait are submitted before an agent starts, and are in what it is told", {
  timeout: 60_000,
}, async () => {
  const repository = await project();
  const id = await repository.succeed(["ticket", "create", "Fix login"]);
  const other = await repository.succeed(["ticket", "create", "Another"]);
  edit(repository, id, (text) =>
    text.replace(/\[Add description here\]/, "The login must lock after 3 tries"),
  );
  edit(repository, other, (text) => text.replace("# Another", "# Another one"));
  const spawned = await repository.wiggum(["spawn", "worker", id]);
  expect(spawned).toMatchObject({ exitCode: 0, stdout: "worker-0\n" });
  expect(spawned.stderr).toContain("Submitted what was edited here: ");
  expect(repository.read("worktrees/worker-0/.wiggum/current_prompt.md")).toContain("lock after 3 tries");
  expect(await repository.json(["ticket", "show", other])).toMatchObject({ title: "Another one" });
  const subjects = repository.git("-C", ".wiggum/tickets.git", "log", "--format=%s", "main");
  expect(subjects.split("\n").filter((subject) => subject === "Pre-spawn sync")).toHaveLength(2);
  await repository.succeed(["kill", "worker-0", "--force"]);
});

test("one that is refused stays, is named, and stops nobody", { timeout: 60_000 }, async () => {
  const repository = await project();
  const id = await repository.succeed(["ticket", "create", "Fix login"]);
  const other = await repository.succeed(["ticket", "create", "Another"]);
  edit(repository, other, (text) => text.replace(/^state: .*$/m, "state: nowhere"));
  const spawned = await repository.wiggum(["spawn", "worker", id]);
  expect(spawned).toMatchObject({ exitCode: 0, stdout: "worker-0\n" });
  expect(spawned.stderr).toMatch(new RegExp(`${other}\\.md was not submitted: .*nowhere`));
  expect(repository.read(`.wiggum/tickets/${other}.md`)).toContain("state: nowhere");
  await repository.succeed(["kill", "worker-0", "--force"]);
});

test("with WIGGUM_AUTO_SYNC=false they wait for 'ticket sync'", { timeout: 60_000 }, async () => {
  const repository = await project();
  const id = await repository.succeed(["ticket", "create", "Fix login"]);
  edit(repository, id, (text) => text.replace("# Fix login", "# Fix the login"));
  const options = { environment: { WIGGUM_AUTO_SYNC: "false" } };
  const spawned = await repository.wiggum(["spawn", "worker", id], options);
  expect(spawned).toMatchObject({ exitCode: 0, stdout: "worker-0\n" });
  expect(spawned.stderr).not.toContain("Submitted");
  expect(repository.read(`.wiggum/tickets/${id}.md`)).toContain("# Fix the login");
  await repository.succeed(["kill", "worker-0", "--force"]);
});
