// Tickets as files: the editor, edits by hand, and writes that wait for `sync`.
import { existsSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRepository, type Repository } from "./built-wiggum.js";

let repository: Repository;
beforeAll(async () => {
  repository = await createRepository();
});
afterAll(() => repository.remove());

const create = (title: string, ...flags: readonly string[]) =>
  repository.succeed(["ticket", "create", title, ...flags]);

describe("edit", () => {
  const editor = (script: string) => {
    repository.write("../programs/editor.sh", `${script}\n`, 0o755);
    return { environment: { WIGGUM_EDITOR: `sh ${join(repository.programs, "editor.sh")}` } };
  };

  test("opens the file in the editor and submits what was saved", async () => {
    const id = await create("Before");
    const ran = await repository.wiggum(["ticket", "edit", id], editor('sed -i "s/^# Before/# After/" "$1"'));
    expect(ran).toMatchObject({ exitCode: 0, stdout: "" });
    expect(ran.stderr).toContain(`[ok] Updated ${id}\n`);
    expect(await repository.succeed(["ticket", "show", id])).toContain("# After\n");
    expect(repository.git("-C", ".wiggum/tickets.git", "log", "-1", "--format=%s", "main")).toBe(
      "Ticket update",
    );
  });

  test("nothing changed: nothing written", async () => {
    const id = await create("Same");
    const ran = await repository.wiggum(["ticket", "edit", id], editor(":"));
    expect(ran.exitCode).toBe(0);
    expect(ran.stderr).toContain(`[info] No changes in ${id}\n`);
  });

  test("an editor that fails or is not there: exit 1, nothing submitted", async () => {
    const id = await create("Editor fails");
    expect(await repository.wiggum(["ticket", "edit", id], editor("exit 3"))).toMatchObject({
      exitCode: 1,
      stdout: "",
    });
    const missing = { environment: { WIGGUM_EDITOR: "no-such-editor --wait" } };
    const ran = await repository.wiggum(["ticket", "edit", id], missing);
    expect(ran.exitCode).toBe(1);
    expect(ran.stderr).toContain("The editor 'no-such-editor --wait' could not be started");
    expect(ran.stderr).toContain(
      `        next: 'wiggum ticket edit ${id}' opens that file again and submits it`,
    );
    // As the message says: by hand, and without any editor.
    const kept = / {8}(\S+) stays as it is/.exec(ran.stderr)?.[1] ?? "";
    writeFileSync(kept, readFileSync(kept, "utf8").replace("# Editor fails", "# By hand"));
    await repository.succeed(["ticket", "edit", id], { environment: { WIGGUM_EDITOR: "true" } });
    expect(await repository.succeed(["ticket", "show", id])).toContain("# By hand");
  });

  test("a text that is no ticket any more is refused and kept; put right, the next edit takes it", async () => {
    const id = await create("Broken edit");
    const ran = await repository.wiggum(["ticket", "edit", id], editor('printf "no front matter\\n" > "$1"'));
    expect(ran).toMatchObject({ exitCode: 1, stdout: "" });
    expect(ran.stderr).toContain(`        next: Put it right, then: wiggum ticket edit ${id}\n`);
    const kept = / {8}(\S+) stays as you left it/.exec(ran.stderr)?.[1] ?? "";
    expect(readFileSync(kept, "utf8")).toBe("no front matter\n");
    expect(await repository.succeed(["ticket", "show", id])).toContain("# Broken edit");
    const file = join(repository.root, ".wiggum", "tickets", `${id}.md`);
    const mending = editor(
      `grep -q "no front matter" "$1" && sed "s/^# Broken edit/# Mended/" "${file}" > "$1"`,
    );
    await repository.succeed(["ticket", "edit", id], mending);
    expect(await repository.succeed(["ticket", "show", id])).toContain("# Mended\n");
  });

  test("fields by flags, for callers without an editor", async () => {
    const id = await create("Flags", "--label", "old");
    const flags = ["--title", "New title", "--priority", "4", "--add-label", "new", "--remove-label", "old"];
    const ran = await repository.wiggum(["ticket", "edit", id, ...flags, "--description", "-"], {
      input: "Text\n",
    });
    expect(ran).toMatchObject({ exitCode: 0, stdout: "", stderr: `[ok] Updated ${id}\n` });
    expect(await repository.json(["ticket", "show", id])).toMatchObject({
      title: "New title",
      priority: 4,
      labels: ["new"],
      description: expect.stringContaining("Text"),
    });
  });
});

test("a field that the type does not declare: exit 2, the declared ones are named; what a file has already stays", async () => {
  const refused = await repository.wiggum(["ticket", "create", "Red", "--field", "colour=red"]);
  expect(refused).toMatchObject({ exitCode: 2, stdout: "" });
  expect(refused.stderr).toContain("[error] The type task declares no field 'colour'\n");
  const pull = await create("Blue", "--type", "pr-task", "--field", "pr_number=4");
  const edited = await repository.wiggum(["ticket", "edit", pull, "--field", "colour=blue"]);
  expect(edited).toMatchObject({ exitCode: 2, stdout: "" });
  expect(edited.stderr).toContain("pr_url, pr_number");
  const path = `.wiggum/tickets/${pull}.md`;
  repository.write(
    path,
    repository.read(path).replace("\npr_number: 4", "\npr_number: 4\ncolour:   red  # mine"),
  );
  await repository.succeed(["ticket", "sync"]);
  await repository.succeed(["ticket", "edit", pull, "--field", "pr_number=5"]);
  expect(repository.read(path)).toContain("\npr_number: 5\ncolour:   red  # mine\n");
});

describe("--no-sync and sync", () => {
  test("a write changes only the file; sync submits it", async () => {
    const id = await create("Later");
    const ran = await repository.wiggum(["ticket", "assign", id, "worker-4", "--no-sync"]);
    expect(ran.exitCode).toBe(0);
    expect(ran.stderr).toContain("wiggum ticket sync");
    expect(repository.read(`.wiggum/tickets/${id}.md`)).toContain("worker-4");
    expect(repository.git("-C", ".wiggum/tickets.git", "show", `main:${id}.md`)).not.toContain("worker-4");
    const synced = await repository.wiggum(["ticket", "sync"]);
    expect(synced).toMatchObject({ exitCode: 0, stdout: "" });
    expect(synced.stderr).toContain("[ok] Synced tickets\n");
    expect(repository.git("-C", ".wiggum/tickets.git", "show", `main:${id}.md`)).toContain("worker-4");
  });

  test("WIGGUM_AUTO_SYNC=false is --no-sync everywhere; create and feedback, too", async () => {
    const environment = { WIGGUM_AUTO_SYNC: "false" };
    const id = await repository.succeed(["ticket", "create", "Only a file"], { environment });
    expect(existsSync(join(repository.root, ".wiggum", "tickets", `${id}.md`))).toBe(true);
    await repository.succeed(["ticket", "feedback", id, "me", "noted"], { environment });
    const pushed = await repository.wiggum(["ticket", "sync", "--push"]);
    expect(pushed.stderr).toContain("[ok] Pushed ticket changes\n");
    const shown = await repository.json<Record<string, unknown>>(["ticket", "show", id]);
    expect(shown).toMatchObject({ title: "Only a file" });
    expect(JSON.stringify(shown)).toContain("noted");
  });

  test("created, moved and assigned as a file: one sync makes all of it; what could never be submitted is refused at once", async () => {
    const id = await create("Offline", "--no-sync");
    await repository.succeed(["ticket", "transition", id, "in-progress", "--no-sync"]);
    await repository.succeed(["ticket", "assign", id, "worker-4", "--no-sync"]);
    const early = await repository.wiggum(["ticket", "transition", id, "review", "--no-sync"]);
    expect(early).toMatchObject({ exitCode: 6, stdout: "" });
    expect(early.stderr).toContain(
      "was moved from 'ready' to 'in-progress' here, which is not submitted yet",
    );
    expect(early.stderr).toContain("next: Run 'wiggum ticket sync' first");
    const never = await repository.wiggum(["ticket", "transition", id, "nonsense", "--no-sync"]);
    expect(never.exitCode).toBe(6);
    const synced = await repository.wiggum(["ticket", "sync"]);
    expect(synced).toMatchObject({ exitCode: 0, stdout: "" });
    expect(synced.stderr).toContain(`[ok] Transitioned ${id}: ready -> in-progress\n`);
    expect(await repository.json(["ticket", "show", id])).toMatchObject({
      state: "in-progress",
      assignedAgentId: "worker-4",
      leaseEpoch: 1,
    });
  });

  // P3
  test("two who changed the same: both values are shown, in words and in JSON, and the file stays", async () => {
    const id = await create("Contended", "--description", "Before");
    const path = join(".wiggum", "tickets", `${id}.md`);
    const mine = repository.read(path).replace("priority: 2", "priority: 0").replace("Before", "My words");
    repository.write(path, mine);
    await repository.succeed(["ticket", "edit", id, "--priority", "4", "--description", "Their words"]);
    const ran = await repository.wiggum(["ticket", "sync"]);
    expect(ran).toMatchObject({ exitCode: 9, stdout: "" });
    expect(ran.stderr).toContain("priority: yours 0, stored 4\n");
    expect(ran.stderr).toContain("## Description: yours My words, stored Their words\n");
    const asked = await repository.wiggum(["ticket", "sync", "--json"]);
    expect(asked.stdout).toMatch(/"name":\s*"priority",\s*"base":\s*2,\s*"mine":\s*0,\s*"theirs":\s*4/);
    expect(repository.read(path)).toBe(mine);
    repository.write(path, await repository.succeed(["ticket", "show", id]));
  });

  test("a link in the place of a ticket's file is refused by name", async () => {
    const id = await create("Linked");
    const path = join(repository.root, ".wiggum", "tickets", `${id}.md`);
    renameSync(path, join(repository.programs, "elsewhere.md"));
    symlinkSync(join(repository.programs, "elsewhere.md"), path);
    const ran = await repository.wiggum(["ticket", "sync"]);
    expect(ran.exitCode).not.toBe(0);
    expect(ran.stderr).toContain(`Refused: ${id}`);
    renameSync(join(repository.programs, "elsewhere.md"), path);
  });

  test("--pull only brings files up to date; edits wait and are named", async () => {
    const id = await create("Mine");
    const text = repository.read(`.wiggum/tickets/${id}.md`);
    repository.write(`.wiggum/tickets/${id}.md`, text.replace("# Mine", "# Edited by hand"));
    const pulled = await repository.wiggum(["ticket", "sync", "--pull"]);
    expect(pulled.exitCode).toBe(0);
    expect(pulled.stderr).toContain("[ok] Pulled latest tickets\n");
    expect(await repository.succeed(["ticket", "show", id])).toContain("# Mine");
    await repository.succeed(["ticket", "sync"]);
    expect(await repository.succeed(["ticket", "show", id])).toContain("# Edited by hand");
  });
});
