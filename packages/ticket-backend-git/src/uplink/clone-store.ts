import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { makeRepository } from "../init-git-store.js";
import { refuseLink } from "../linked-folder.js";
import { createStoreReader } from "../snapshot.js";
import { createStoreGit } from "../store-git.js";
import { layoutFile, mainRef } from "../store-layout.js";
import { openStorePlace } from "../store-place.js";
import { createTransport, unusable } from "./transport.js";
import type { Upstream } from "./uplink.js";
import { upstreamRef } from "./uplink-paths.js";
import { createUplinkState } from "./uplink-state.js";

/** Where a store is made that begins with what an upstream has. */
export interface CloneStoreOptions {
  /** Where the bare repository is to lie: `<project>/.wiggum/tickets.git`. */
  readonly path: string;
  readonly upstream: Upstream;
  /** Milliseconds that the upstream may take. Default 30,000. */
  readonly networkTimeoutMs?: number | undefined;
  /** Wall clock, only displayed. Default: the system's. */
  readonly now?: (() => Date) | undefined;
}

/**
 * `cloned`: the store is there and has what the upstream has. `kept`: a store was there already. `empty`: the upstream has no such branch yet, so
 * the first host makes its own store and sends it.
 */
export type StoreClone = "cloned" | "kept" | "empty";

/**
 * The store of a further host. It appears whole or not at all.
 * @throws OFFLINE UPSTREAM_UNUSABLE
 */
export async function cloneStore({
  path,
  upstream,
  networkTimeoutMs = 30_000,
  now = () => new Date(),
}: CloneStoreOptions): Promise<StoreClone> {
  const root = resolve(path);
  refuseLink(root);
  if (existsSync(join(root, "HEAD"))) return "kept";
  mkdirSync(dirname(root), { recursive: true });
  const draft = join(dirname(root), `.${basename(root)}-${randomBytes(6).toString("hex")}`);
  try {
    makeRepository(draft);
    const git = createStoreGit({ cwd: draft, gitDirectory: draft });
    const transport = createTransport({ git, upstream, timeoutMs: networkTimeoutMs });
    if (!(await transport.fetch())) return "empty";
    git.runSync(["update-ref", mainRef, upstreamRef, ""]);
    const place = openStorePlace(draft);
    const { trusted } = createStoreReader(place).snapshot(place.readMain());
    if (trusted === undefined || place.objects.sizes([`${trusted}:${layoutFile}`]).size === 0) {
      throw unusable(upstream, "there are no tickets of Wiggum in this branch");
    }
    createUplinkState(place, upstream).noteSuccess(now().toISOString());
    writeFileSync(join(draft, ".git"), "gitdir: .\n");
    renameSync(draft, root);
    return "cloned";
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOTEMPTY" || code === "EEXIST") return "kept";
    throw error;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}
