import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import {
  isTicketError,
  type TicketBackend,
  type TicketErrorCode,
  type TicketRecord,
} from "@wiggum/ticket-core";
import { describe, expect, it, onTestFinished } from "vitest";
import { bundleForNode } from "../bundle.fixture.js";
import { initGitStore } from "../init-git-store.js";
import { claim, commitOf, judge, temporaryFolder, ticket } from "../store.fixture.js";
import { lineTo } from "../uplink/servers.fixture.js";
import { makeHost } from "../uplink/uplink.fixture.js";
import { createHttpBackend, type HttpBackendOptions } from "./create-http-backend.js";
import { type HttpStore, serveStore } from "./http-store.fixture.js";
import type { HttpOrder } from "./write-without-git.fixture.js";

const patience = 120_000;
const branch = "wiggum/tickets";
const withCode = (code: TicketErrorCode) => (error: unknown) => isTicketError(error, code);

function openIn(store: HttpStore, options: Partial<HttpBackendOptions> = {}) {
  const backend = store.open(options);
  onTestFinished(() => backend.close());
  return backend;
}

const filing = (id: string) => commitOf([{ id, expected: null, next: ticket(id) }]);

async function recordOf(backend: TicketBackend, id: string): Promise<TicketRecord> {
  const { record } = await backend.read(id);
  if (record === undefined) throw new Error(`There is no ${id}`);
  return record;
}

async function claiming(backend: TicketBackend, { ticket: stored, revision }: TicketRecord, agent: string) {
  const next = { ...stored, ...claim(agent) };
  return backend.commit(commitOf([{ id: stored.id, expected: revision, next }], { operationId: agent }));
}

describe("tickets over http without a git program", { timeout: patience }, () => {
  const program = bundleForNode("http/write-without-git.fixture");

  /** As a program of its own with no git to be found; the server goes on in this process meanwhile. */
  async function runBeside(order: HttpOrder) {
    const env = { PATH: "/nonexistent", TMPDIR: process.env["TMPDIR"] ?? "/tmp" };
    const child = spawn(process.execPath, [program.path, JSON.stringify(order)], { env });
    const [stdout, stderr] = [text(child.stdout), text(child.stderr)];
    const [, signal] = (await once(child, "close")) as [number | null, string | null];
    return { stdout: await stdout, stderr: await stderr, signal };
  }

  it("are written and read where there is no git, and plain git finds nothing wrong with them", async () => {
    const store = await serveStore();
    const ended = await runBeside({ url: store.url, commits: [filing("tk-aaaa"), filing("tk-bbbb")] });
    expect(ended.stderr).toBe("");
    expect(JSON.parse(ended.stdout)).toEqual({ ids: ["tk-aaaa", "tk-bbbb"], problems: [] });
    expect(store.plain("ls-tree", "--name-only", branch)).toContain("tk-bbbb.md");
    expect(store.plain("log", "-1", "--format=%cn %(trailers:key=Host)", branch)).toContain("without-git");
    expect(store.plain("fsck", "--strict", "--no-dangling")).toBe("");
  });

  it("two with clones of their own cannot both claim, and their other writes all land", async () => {
    const store = await serveStore();
    const [one, other] = [openIn(store), openIn(store)];
    await one.commit(filing("tk-aaaa"));
    const [here, there] = [await recordOf(one, "tk-aaaa"), await recordOf(other, "tk-aaaa")];
    const ended = await Promise.allSettled([
      claiming(one, here, "worker-0"),
      claiming(other, there, "worker-1"),
    ]);
    expect(ended.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const loser = ended.find((each) => each.status === "rejected");
    expect(loser?.reason).toSatisfy(withCode("TICKET_CONFLICT"));
    const ids = ["tk-0001", "tk-0002", "tk-0003", "tk-0004"];
    await Promise.all(ids.map((id, index) => (index % 2 === 0 ? one : other).commit(filing(id))));
    expect((await one.list()).tickets).toHaveLength(5);
    expect(await other.list()).toEqual(await one.list());
    expect(store.plain("rev-list", "--merges", "--count", branch)).toBe("0");
  });

  it("go together with a host that has git: joins of its history are read here", async () => {
    const store = await serveStore();
    const embedder = openIn(store);
    await embedder.commit(filing("tk-aaaa"));
    const host = await makeHost(store.folder, "native", { url: store.url, branch });
    await host.backend.commit(filing("tk-bbbb"));
    // Two beginnings, joined.
    await host.uplink.sync();
    await embedder.commit(filing("tk-cccc"));
    await host.backend.commit(filing("tk-dddd"));
    await host.uplink.sync();
    const ids = ["tk-aaaa", "tk-bbbb", "tk-cccc", "tk-dddd"];
    expect((await embedder.list()).tickets.map(({ ticket: { id } }) => id).sort()).toEqual(ids);
    expect((await host.open().list()).tickets.map(({ ticket: { id } }) => id).sort()).toEqual(ids);
    const told: string[] = [];
    for await (const change of embedder.watch(undefined, { follow: false })) told.push(change.id);
    expect(told.sort()).toEqual(ids);
    // What was refused and put back there is told alike here.
    for (const id of ids) {
      const subjects: string[] = [];
      for await (const change of embedder.history(id)) subjects.push(change.subject);
      expect([id, subjects]).toEqual([id, ["Test"]]);
    }
  });

  it("a write whose answer was lost is there once", async () => {
    const store = await serveStore();
    await openIn(store).list();
    const line = await lineTo(Number(new URL(store.url).port));
    const embedder = openIn(store, { url: `http://127.0.0.1:${line.port}/upstream.git` });
    await embedder.list();
    line.cutNextPush();
    expect(await embedder.commit(filing("tk-aaaa"))).toMatchObject({ already: false });
    expect(line.cuts()).toBe(1);
    const operations = store.plain("log", "--format=%(trailers:key=Op)", branch).split("\n").filter(Boolean);
    expect(new Set(operations).size).toBe(operations.length);
    expect((await embedder.list()).tickets).toHaveLength(1);
  });

  it("while the server is away nothing is written, and nothing of it comes later", async () => {
    const store = await serveStore();
    const line = await lineTo(Number(new URL(store.url).port));
    const embedder = openIn(store, { url: `http://127.0.0.1:${line.port}/upstream.git`, waitMs: 3_000 });
    await embedder.list();
    line.hold();
    await expect(embedder.list()).rejects.toSatisfy(withCode("OFFLINE"));
    const order = filing("tk-aaaa");
    // The server was asked where it is and did not say: the write itself was not sent yet.
    await expect(embedder.commit(order)).rejects.toSatisfy(withCode("OFFLINE"));
    line.letGo();
    expect(await embedder.outcome(order.operationId)).toEqual({ status: "absent" });
    expect((await embedder.list()).tickets).toEqual([]);
    await embedder.commit(order);
    expect((await embedder.list()).tickets).toHaveLength(1);
  });

  it.each(["pending-noted", "sent-noted", "offered", "tip-noted", "settled"])(
    "killed at %s it goes on from its folder",
    async (step) => {
      const store = await serveStore();
      const folder = join(store.folder, "clone");
      const order = filing("tk-aaaa");
      const killed = await runBeside({ url: store.url, folder, commits: [order], step });
      expect(killed.signal).toBe("SIGKILL");
      const embedder = openIn(store, { folder });
      expect((await embedder.outcome(order.operationId)).status).toBe("committed");
      expect(await embedder.commit(order)).toMatchObject({ already: true });
      expect((await embedder.list()).tickets).toHaveLength(1);
      expect(readdirSync(join(folder, "refs", "wiggum"))).not.toContain("uplink-sent");
      expect(store.plain("fsck", "--strict", "--no-dangling")).toBe("");
    },
  );

  it("one process has a folder at a time", async () => {
    const store = await serveStore();
    const folder = join(store.folder, "clone");
    const one = store.open({ folder });
    await one.commit(filing("tk-aaaa"));
    await expect(openIn(store, { folder }).list()).rejects.toSatisfy(withCode("STORE_BUSY"));
    await one.close();
    expect((await openIn(store, { folder }).list()).tickets).toHaveLength(1);
  });

  it("a repository on a disk is refused, by address and by folder, and stays as it is", async () => {
    const store = await serveStore();
    const shared = join(temporaryFolder(), "tickets.git");
    await initGitStore({ path: shared });
    const before = readdirSync(shared);
    for (const url of [shared, `file://${shared}`, "../tickets.git"]) {
      expect(() => createHttpBackend({ url, judge })).toThrow(
        expect.objectContaining({ code: "UNSUPPORTED" }),
      );
    }
    const isShared = (error: unknown) =>
      isTicketError(error, "UNSUPPORTED") && error.data.what === "shared repository on disk";
    await expect(openIn(store, { folder: shared }).list()).rejects.toSatisfy(isShared);
    await expect(openIn(store, { folder: join(store.folder, "upstream.git") }).list()).rejects.toSatisfy(
      isShared,
    );
    expect(readdirSync(shared)).toEqual(before);
    expect(existsSync(join(shared, "wiggum", "private-clone.json"))).toBe(false);
    expect(() => createHttpBackend({ url: "ssh://example.org/x.git", judge })).toThrow("http");
    const other = join(store.folder, "other");
    mkdirSync(other);
    writeFileSync(join(other, "notes.txt"), "mine");
    await expect(openIn(store, { folder: other }).list()).rejects.toSatisfy(isShared);
  });

  it("a branch of code is refused, and nothing is written to it", async () => {
    const store = await serveStore();
    const host = await makeHost(store.folder, "native", { url: store.url, branch });
    const code = join(store.folder, "code");
    host.plainIn(store.folder, "init", "-q", code);
    host.plainIn(code, "commit", "-q", "--allow-empty", "-m", "Code");
    host.plainIn(code, "push", "-q", join(store.folder, "upstream.git"), "HEAD:refs/heads/code");
    const before = store.plain("rev-parse", "code");
    const embedder = openIn(store, { branch: "code" });
    await expect(embedder.commit(filing("tk-aaaa"))).rejects.toSatisfy(withCode("UPSTREAM_UNUSABLE"));
    expect(store.plain("rev-parse", "code")).toBe(before);
  });

  it("a server that will not have it is told as such", async () => {
    const store = await serveStore();
    const embedder = openIn(store);
    await embedder.list();
    store.plain("config", "http.receivepack", "false");
    await expect(embedder.commit(filing("tk-aaaa"))).rejects.toSatisfy(withCode("UPSTREAM_UNUSABLE"));
    store.plain("config", "http.receivepack", "true");
    await embedder.commit(filing("tk-aaaa"));
    expect((await embedder.list()).tickets).toHaveLength(1);
  });

  it("a watch waits while the server is away, and ends with what it says when it turns it down", async () => {
    const store = await serveStore();
    const line = await lineTo(Number(new URL(store.url).port));
    const embedder = openIn(store, { url: `http://127.0.0.1:${line.port}/upstream.git`, waitMs: 500 });
    const writer = openIn(store);
    await writer.commit(filing("tk-aaaa"));
    const changes = embedder.watch(undefined)[Symbol.asyncIterator]();
    expect((await changes.next()).value?.id).toBe("tk-aaaa");
    line.hold();
    await writer.commit(filing("tk-bbbb"));
    await expect(embedder.list()).rejects.toSatisfy(withCode("OFFLINE"));
    const next = changes.next();
    line.letGo();
    expect((await next).value?.id).toBe("tk-bbbb");
    store.plain("config", "http.uploadpack", "false");
    await expect(changes.next()).rejects.toSatisfy(withCode("UPSTREAM_UNUSABLE"));
  });
});
