import { existsSync, mkdirSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { isTicketError } from "@wiggum/ticket-core";
import { afterEach, describe, expect, it } from "vitest";
import { file, temporaryFolder } from "../store.fixture.js";
import { gitDaemon, gitHttp, hasSshd, lineTo, sshServer } from "./servers.fixture.js";
import { type Host, makeHost, makeUpstream, tipOf } from "./uplink.fixture.js";

const patience = 90_000;
const branch = "wiggum/tickets";

/** An empty upstream in a folder that servers show. */
async function prepare() {
  const folder = temporaryFolder();
  const maker = await makeHost(folder, "maker", { url: folder, branch });
  makeUpstream(folder, maker.plainIn);
  maker.plainIn(join(folder, "upstream.git"), "config", "http.receivepack", "true");
  return { folder, maker };
}

async function exchangesOver(url: string, folder: string, maker: Host): Promise<void> {
  const first = await makeHost(folder, "first", { url, branch }, maker);
  const second = await makeHost(folder, "second", { url, branch }, maker);
  await file(first.backend, "tk-aaaa");
  await file(second.backend, "tk-bbbb");
  expect(await first.uplink.sync()).toMatchObject({ ahead: 0 });
  expect(await second.uplink.sync()).toMatchObject({ pulled: 1, ahead: 0, refused: [] });
  await first.uplink.sync();
  expect(tipOf(first)).toBe(tipOf(second));
}

/** A host with something to say, and the line to its upstream. */
async function behindLine() {
  const { folder, maker } = await prepare();
  const line = await lineTo(await gitDaemon(folder));
  const upstream = { url: `git://127.0.0.1:${line.port}/upstream.git`, branch };
  const host = await makeHost(folder, "first", upstream, maker);
  await host.uplink.sync();
  await file(host.backend, "tk-aaaa");
  return { folder, line, host };
}

describe("an upstream over the network", { timeout: patience }, () => {
  it("works over git's own protocol", async () => {
    const { folder, maker } = await prepare();
    await exchangesOver(`git://127.0.0.1:${await gitDaemon(folder)}/upstream.git`, folder, maker);
  });

  it("works over http", async () => {
    const { folder, maker } = await prepare();
    await exchangesOver(`http://127.0.0.1:${await gitHttp(folder)}/upstream.git`, folder, maker);
  });

  describe.skipIf(!hasSshd)("with a server of ssh", () => {
    const before = process.env["GIT_SSH_COMMAND"];
    afterEach(() => {
      if (before === undefined) delete process.env["GIT_SSH_COMMAND"];
      else process.env["GIT_SSH_COMMAND"] = before;
    });

    it("works over ssh", async () => {
      const { folder, maker } = await prepare();
      const keys = join(folder, "keys");
      mkdirSync(keys);
      const { port, command } = await sshServer(keys);
      process.env["GIT_SSH_COMMAND"] = command;
      const path = join(folder, "upstream.git");
      await exchangesOver(`ssh://${userInfo().username}@127.0.0.1:${port}${path}`, folder, maker);
    });
  });

  it("finds out by itself what became of a push whose answer was lost", async () => {
    const { folder, line, host } = await behindLine();
    line.cutNextPush();
    await expect(host.uplink.sync()).rejects.toSatisfy((error) => isTicketError(error, "OFFLINE"));
    expect(line.cuts()).toBe(1);
    // The server has it; nobody here knows, and nobody says so.
    const stored = host.plainIn(join(folder, "upstream.git"), "rev-parse", `refs/heads/${branch}`);
    expect(stored).toBe(tipOf(host));
    expect(host.uplink.status()).toMatchObject({ ahead: 1, failure: { code: "OFFLINE" } });
    await file(host.backend, "tk-bbbb");
    expect(await host.uplink.sync()).toMatchObject({ ahead: 0, pulled: 0, refused: [] });
    expect(host.uplink.status()).toMatchObject({ ahead: 0, behind: 0 });
    expect(host.uplink.status()).not.toHaveProperty("failure");
    // Once, not twice.
    const subjects = host.plainIn(join(folder, "upstream.git"), "log", "--format=%(trailers:key=Op)", branch);
    const operations = subjects.split("\n").filter((each) => each !== "");
    expect(new Set(operations).size).toBe(operations.length);
  });

  it("lets local writes through while the upstream says nothing", async () => {
    const { line, host } = await behindLine();
    line.hold();
    const before = line.connections();
    let isOver = false;
    const sync = host.uplink.sync().finally(() => {
      isOver = true;
    });
    while (line.connections() === before) await new Promise((resolve) => setTimeout(resolve, 5));
    // The exchange is under way and cannot end: whatever is done now does not wait for it.
    await file(host.backend, "tk-bbbb");
    expect((await host.open().list()).tickets).toHaveLength(2);
    expect(isOver).toBe(false);
    // One exchange at a time, and whoever need not wait is not made to.
    await expect(host.openUplink().sync({ waitMs: 0 })).rejects.toSatisfy((error) =>
      isTicketError(error, "STORE_BUSY"),
    );
    line.letGo();
    await sync;
    await host.uplink.sync();
    expect(host.uplink.status()).toMatchObject({ ahead: 0 });
  });

  it("works over a slow line, one exchange for many operations", async () => {
    const { folder, maker } = await prepare();
    const line = await lineTo(await gitDaemon(folder), 100);
    const upstream = { url: `git://127.0.0.1:${line.port}/upstream.git`, branch };
    const host = await makeHost(folder, "first", upstream, maker);
    await host.uplink.sync();
    for (const id of ["tk-aaaa", "tk-bbbb", "tk-cccc"]) await file(host.backend, id);
    const before = line.connections();
    expect(await host.uplink.sync()).toMatchObject({ pushed: 3, ahead: 0 });
    // A push, and nothing before it: nobody else had written.
    expect(line.connections() - before).toBe(1);
  });

  it("is offline where nobody listens, and where nobody answers in time", async () => {
    const { folder, maker } = await prepare();
    const silent = await lineTo(await gitDaemon(folder));
    silent.hold();
    const nobody = await lineTo(1);
    for (const { port } of [silent, nobody]) {
      const upstream = { url: `git://127.0.0.1:${port}/upstream.git`, branch };
      const host = await makeHost(folder, `host-${port}`, upstream, maker);
      const uplink = host.openUplink({ networkTimeoutMs: 1_000 });
      await expect(uplink.sync()).rejects.toSatisfy((error) => isTicketError(error, "OFFLINE"));
      const first = uplink.status().failure;
      await expect(uplink.sync()).rejects.toSatisfy((error) => isTicketError(error, "OFFLINE"));
      // Since when it does not answer, not since when it was asked last.
      expect(uplink.status().failure?.since).toBe(first?.since);
      expect(uplink.status()).not.toHaveProperty("syncedAt");
      await file(host.backend, "tk-aaaa");
    }
  });

  it("refuses a branch of code, a path without a repository, and says that it is not offline", async () => {
    const { folder, maker } = await prepare();
    const path = join(folder, "upstream.git");
    const code = join(folder, "code");
    maker.plainIn(folder, "init", "-q", code);
    maker.plainIn(code, "commit", "-q", "--allow-empty", "-m", "Code");
    maker.plainIn(code, "push", "-q", path, "HEAD:refs/heads/main");
    const before = maker.plainIn(path, "rev-parse", "refs/heads/main");
    const isUnusable = (error: unknown) => isTicketError(error, "UPSTREAM_UNUSABLE");
    const onCode = await makeHost(folder, "on-code", { url: path, branch: "main" }, maker);
    await expect(onCode.uplink.sync()).rejects.toSatisfy(isUnusable);
    expect(maker.plainIn(path, "rev-parse", "refs/heads/main")).toBe(before);
    const missing = join(folder, "nowhere.git");
    const onNothing = await makeHost(folder, "on-nothing", { url: missing, branch }, maker);
    await expect(onNothing.uplink.sync()).rejects.toSatisfy(isUnusable);
    expect(existsSync(missing)).toBe(false);
  });
});
