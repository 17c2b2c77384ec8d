import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { GitBackend } from "../create-git-backend.js";
import { initGitStore } from "../init-git-store.js";
import { judge, makeStoreIn, type StoreFixture, temporaryFolder } from "../store.fixture.js";
import { createUplink, type Uplink, type UplinkOptions } from "./create-uplink.js";
import type { Upstream } from "./uplink.js";

/** One host: a store with its uplink. */
export interface Host extends StoreFixture {
  readonly name: string;
  readonly uplink: Uplink;
  /** Another process's uplink of the same store. */
  openUplink(options?: Partial<UplinkOptions>): Uplink;
}

export interface Hosts {
  readonly folder: string;
  readonly upstream: Upstream;
  readonly first: Host;
  readonly second: Host;
}

/** An empty bare repository, as a person makes one on a server. */
export function makeUpstream(folder: string, plainIn: StoreFixture["plainIn"]): string {
  const path = join(folder, "upstream.git");
  plainIn(folder, "init", "-q", "--bare", path);
  return path;
}

/** A host whose store is new, or a copy of what another one has: then both begin with the same history. */
export async function makeHost(folder: string, name: string, upstream: Upstream, from?: Host): Promise<Host> {
  const own = join(folder, name);
  mkdirSync(own);
  const store = await makeStoreIn(own, { host: name });
  if (from !== undefined) {
    store.plain("fetch", "-q", from.root, "+main:refs/heads/copied");
    store.plain("update-ref", "refs/heads/main", "refs/heads/copied");
    store.plain("update-ref", "-d", "refs/heads/copied");
    await initGitStore({ path: store.root });
  }
  const openUplink = (options: Partial<UplinkOptions> = {}) =>
    createUplink({ root: store.root, judge, upstream, host: name, networkTimeoutMs: 20_000, ...options });
  return { ...store, name, openUplink, uplink: openUplink() };
}

/** Two hosts that begin with the same tickets, and an upstream that has them. */
export async function makeHosts(
  prepare: (backend: GitBackend) => Promise<void> = async () => {},
  urlOf: (path: string) => string = (path) => path,
): Promise<Hosts> {
  const folder = temporaryFolder();
  const maker = await makeHost(folder, "maker", { url: folder, branch: "wiggum/tickets" });
  const path = makeUpstream(folder, maker.plainIn);
  const upstream = { url: urlOf(path), branch: "wiggum/tickets" };
  const first = await makeHost(folder, "first", upstream, maker);
  await prepare(first.backend);
  await first.uplink.sync();
  const second = await makeHost(folder, "second", upstream, first);
  await second.uplink.sync();
  return { folder, upstream, first, second };
}

export function tipOf({ plain }: Pick<Host, "plain">): string {
  return plain("rev-parse", "main");
}
