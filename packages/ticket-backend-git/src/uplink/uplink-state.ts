// What is remembered of the upstream between two commands. Losing it costs a look over the network, nothing else.
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { readTextIfThere, writeFileAtomically } from "../files.js";
import type { ObjectId } from "../objects.js";
import { readRefFile } from "../ref-files.js";
import type { StorePlace } from "../store-place.js";
import type { UplinkFailure, Upstream } from "./uplink.js";
import { uplinkPaths, upstreamRef } from "./uplink-paths.js";

interface Remembered {
  readonly upstream: Upstream;
  readonly syncedAt?: string | undefined;
  readonly failure?: UplinkFailure | undefined;
}

/** When a sync of this store was tried last, whatever came of it; milliseconds since 1970. One file is read, git is not asked. */
export function lastSyncAttempt(root: string): number | undefined {
  const { syncedAt, failure } = parse(readTextIfThere(join(root, uplinkPaths.state))) ?? {};
  const times = [syncedAt, failure?.at].flatMap((at) => (at === undefined ? [] : [Date.parse(at)]));
  return times.length === 0 ? undefined : Math.max(...times);
}

export interface UplinkState {
  /** Forgets what was known of another upstream. */
  begin(): void;
  /** Where the branch of the upstream was when it was last seen. */
  tip(): ObjectId | undefined;
  setTip(tip: ObjectId | undefined): void;
  remembered(): Pick<Remembered, "syncedAt" | "failure">;
  /** The upstream answered, and all that was asked for is done. */
  noteSuccess(at: string): void;
  noteFailure(code: string, message: string, at: string): void;
}

export function createUplinkState(place: StorePlace, upstream: Upstream): UplinkState {
  const path = join(place.root, uplinkPaths.state);

  /** What was noted of another upstream says nothing about this one. */
  function read(): Remembered | undefined {
    const found = parse(readTextIfThere(path));
    const isSame = found?.upstream.url === upstream.url && found.upstream.branch === upstream.branch;
    return isSame ? found : undefined;
  }

  function write(state: Omit<Remembered, "upstream">): void {
    mkdirSync(dirname(path), { recursive: true });
    writeFileAtomically(path, `${JSON.stringify({ upstream, ...state })}\n`);
  }

  function setTip(tip: ObjectId | undefined): void {
    if (tip === undefined && readRefFile(place.root, upstreamRef) === undefined) return;
    // Without an old value it is set, whatever it was: only whoever has the uplink's lock comes here.
    const change = tip === undefined ? ["-d", upstreamRef] : [upstreamRef, tip];
    place.git.runSync(["update-ref", "--no-deref", ...change]);
  }

  return {
    begin() {
      if (read() !== undefined) return;
      setTip(undefined);
      write({});
    },
    tip: () => (read() === undefined ? undefined : readRefFile(place.root, upstreamRef)),
    setTip,
    remembered: () => read() ?? {},
    noteSuccess: (at) => write({ syncedAt: at }),
    noteFailure(code, message, at) {
      const { syncedAt, failure } = read() ?? {};
      write({ syncedAt, failure: { code, message, since: failure?.since ?? at, at } });
    },
  };
}

function parse(text: string | undefined): Remembered | undefined {
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(text) as Partial<Remembered> | null;
    return typeof value?.upstream?.url === "string" ? (value as Remembered) : undefined;
  } catch {
    return undefined; // Cut off or damaged: as if nothing had been noted.
  }
}
