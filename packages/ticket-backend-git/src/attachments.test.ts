import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Attachment } from "@wiggum/ticket-core";
import { describe, expect, test } from "vitest";
import type { GitBackend } from "./create-git-backend.js";
import { planStoreRepair } from "./repair.js";
import {
  agreed,
  all,
  commitOf,
  file,
  first,
  judge,
  makeStore,
  manual,
  rewrite,
  textOf,
  ticket,
} from "./store.fixture.js";
import { elsewhere } from "./testing/kit-store.js";

let operations = 0;

function orderOf(name: string, id = "tk-0001") {
  operations += 1;
  return { operationId: `attach-${operations}`, actor: manual, at: "2026-01-02T03:04:05Z", id, name };
}

async function attach(backend: GitBackend, name: string, text: string, id?: string): Promise<Attachment> {
  const content = new TextEncoder().encode(text);
  const { attachment } = await backend.attachments.add({ ...orderOf(name, id), content });
  return first(attachment === undefined ? [] : [attachment]);
}

const namesOf = async ({ attachments }: GitBackend, id = "tk-0001") =>
  (await attachments.list(id)).map(({ name }) => name);

const textOfFile = async ({ attachments }: GitBackend, name: string) =>
  new TextDecoder().decode((await attachments.read("tk-0001", name)).content);

describe("attachments in the repository", () => {
  test("lie beside their ticket, and a plain clone carries them", async () => {
    const store = await makeStore();
    await file(store.backend, "tk-0001");
    await attach(store.backend, "Über 漢字.txt", "text\r\n");
    const path = join(store.clone(), "tk-0001", "attachments");
    expect(readdirSync(path)).toEqual(["Über 漢字.txt"]);
    expect(readFileSync(join(path, "Über 漢字.txt"), "utf8")).toBe("text\r\n");
    expect(store.plain("log", "-1", "--format=%s%n%b", "main")).toContain(
      "Attach Über 漢字.txt to tk-0001\nTicket: tk-0001\nFrom: ready\nTo: ready\nEpoch: 0\nAttachment: Über 漢字.txt\nOp: attach-",
    );
  });

  test("are nobody's problem: doctor finds nothing, nothing is tidied away", async () => {
    const store = await makeStore();
    await file(store.backend, "tk-0001");
    await attach(store.backend, "log.txt", "text");
    expect((await agreed(store)).problems).toEqual([]);
    expect(await store.backend.diagnose()).toEqual([]);
    expect(await planStoreRepair(store.root, { judge })).toEqual([]);
    expect(await store.backend.putBack({ isTidied: true })).toBe(false);
    expect(await namesOf(store.backend)).toEqual(["log.txt"]);
  });

  test("a view of the tickets stays clean for git, and no commit in it takes them away", async () => {
    const store = await makeStore();
    const record = await file(store.backend, "tk-0001");
    await attach(store.backend, "log.txt", "text");
    const view = join(store.folder, "view");
    await store.backend.views.create(view, "shared");
    await attach(store.backend, "later.txt", "text");
    await store.backend.views.refresh(view);
    expect(store.plainIn(view, "status", "--porcelain")).toBe("");
    writeFileSync(join(view, "tk-0001.md"), textOf(ticket("tk-0001", { title: "By hand" })));
    store.plainIn(view, "commit", "-qam", "By hand");
    expect(store.plainIn(view, "ls-tree", "-r", "--name-only", "HEAD")).toContain(
      "tk-0001/attachments/log.txt",
    );
    store.plainIn(view, "push", "-q", "origin", "HEAD:main");
    await rewrite(store.backend, first((await store.backend.list()).tickets), { priority: 1 });
    expect(await namesOf(store.backend)).toEqual(["later.txt", "log.txt"]);
    expect((await store.backend.read("tk-0001")).record?.ticket.title).toBe("By hand");
    expect(record.ticket.title).toBe("Ticket tk-0001");
  });

  test("go with their ticket, and the history keeps them", async () => {
    const store = await makeStore();
    const record = await file(store.backend, "tk-0001");
    const { revision } = await attach(store.backend, "log.txt", "text");
    await store.backend.commit(commitOf([{ id: "tk-0001", expected: record.revision, next: null }]));
    expect(store.plain("ls-tree", "-r", "--name-only", "main")).not.toContain("tk-0001");
    expect(store.plain("cat-file", "blob", revision)).toBe("text");
  });

  test("a ticket whose file's name a folder would take has none", async () => {
    const { backend } = await makeStore();
    await file(backend, "tk-0001.md");
    const attempt = attach(backend, "log.txt", "text", "tk-0001.md");
    await expect(attempt).rejects.toMatchObject({ code: "UNSUPPORTED" });
  });
});

describe("what others pushed", () => {
  test("a safe name is an attachment, anything else is named and tidied away, the attachments stay", async () => {
    const store = await makeStore();
    await file(store.backend, "tk-0001");
    await attach(store.backend, "log.txt", "text");
    const clone = store.clone();
    const folder = join(clone, "tk-0001");
    mkdirSync(join(folder, "attachments", "deeper"));
    mkdirSync(join(clone, "tk-0009", "attachments"), { recursive: true });
    store.push(clone, {
      "tk-0001/notes.txt": "x",
      "tk-0001/attachments/pushed.txt": "pushed",
      "tk-0001/attachments/.hidden": "x",
      "tk-0001/attachments/deeper/file": "x",
      "tk-0009/attachments/orphan.txt": "x",
    });
    expect(await namesOf(store.backend)).toEqual(["log.txt", "pushed.txt"]);
    expect(await textOfFile(store.backend, "pushed.txt")).toBe("pushed");
    const foreign = (await agreed(store)).problems.map(({ code, path }) => `${code} ${path}`).sort();
    expect(foreign).toEqual([
      "FILE_FOREIGN tk-0001/attachments/.hidden",
      "FILE_FOREIGN tk-0001/attachments/deeper",
      "FILE_FOREIGN tk-0001/notes.txt",
      "FILE_FOREIGN tk-0009",
    ]);
    const [repair] = await planStoreRepair(store.root, { judge });
    expect(repair?.description).toContain("tk-0009");
    await repair?.apply();
    expect((await agreed(store)).problems).toEqual([]);
    expect(await namesOf(store.backend)).toEqual(["log.txt", "pushed.txt"]);
  });

  test("what lay under an id before the ticket came is not the ticket's", async () => {
    const store = await makeStore();
    const clone = store.clone();
    mkdirSync(join(clone, "tk-0001", "attachments"), { recursive: true });
    store.push(clone, { "tk-0001/attachments/planted.txt": "x" });
    await file(store.backend, "tk-0001");
    expect(await namesOf(store.backend)).toEqual([]);
    expect((await agreed(store)).problems).toEqual([]);
  });
});

describe("killed while it attaches", () => {
  const steps = [
    "planned",
    "mutex-held",
    "own-lock-written",
    "intent-written",
    "locked",
    "compared",
    "moved",
    "recorded",
  ];
  const program = fileURLToPath(new URL("./attach-and-die.fixture.ts", import.meta.url));

  test("at any step: there or not, whole, and the same operation again makes it so", async () => {
    const store = await makeStore();
    await file(store.backend, "tk-0001");
    for (const step of steps) {
      const operationId = `dying-${step}`;
      const order = JSON.stringify({ root: store.root, step, operationId });
      const { nodeArguments = [] } = elsewhere(store.root);
      const { signal, stderr } = spawnSync(process.execPath, [...nodeArguments, program, order], {
        encoding: "utf8",
      });
      expect(signal, `${step}: ${stderr}`).toBe("SIGKILL");
      const names = await namesOf(store.backend);
      const { status } = await store.backend.outcome(operationId);
      expect(names, step).toEqual(status === "committed" ? ["log.txt"] : []);
      const content = new TextEncoder().encode("whole\n");
      const again = await store.backend.attachments.add({ ...orderOf("log.txt"), operationId, content });
      expect(again.already, step).toBe(status === "committed");
      expect(await textOfFile(store.backend, "log.txt")).toBe("whole\n");
      const { revision } = again.attachment ?? { revision: "" };
      await store.backend.attachments.remove({ ...orderOf("log.txt"), revision });
      expect(await store.backend.diagnose(), step).toEqual([]);
    }
    const told = await all(store.backend.history("tk-0001"));
    expect(told.map(({ subject }) => subject.split(" ")[0])).toEqual([
      "Test",
      ...steps.flatMap(() => ["Attach", "Remove"]),
    ]);
  }, 120_000);
});
