// Loads the files of the short way, with what was compiled of them by former processes. Built for old syntax, as the entry is.

/** What of Node is needed here. */
type Files = typeof import("node:fs");

/** The files of one command. */
export interface Pieces {
  /** What the file of this name exports, from the folder of the built command. */
  load<Exports>(name: string): Promise<Exports>;
  /** At the end: keeps what was compiled, where there is more of it than before. */
  keep(): void;
}

interface Loaded {
  readonly exports: unknown;
  readonly script: import("node:vm").Script;
  /** Where its compiled code is kept, and for which state of the file. */
  readonly kept: string;
  readonly identity: string;
  /** Bytes of compiled code that were there; 0 = none, or none of use. */
  readonly keptBytes: number;
}

/** One in so many processes looks whether it ran something that none ran before. */
const processesPerLook = 64;

/**
 * `folder` is where the files are, `keptFolder` where their compiled code is kept (`undefined` = nowhere). `whole` loads the whole program, and
 * `require` what a file names that is none of these.
 */
export function openPieces(
  folder: string,
  keptFolder: string | undefined,
  { require, whole }: { readonly require: NodeJS.Require; readonly whole: () => Promise<unknown> },
): Pieces {
  const fs = process.getBuiltinModule("node:fs");
  const { Script } = process.getBuiltinModule("node:vm");
  const loaded = new Map<string, Loaded>();

  function piece(name: string): unknown {
    const known = loaded.get(name);
    if (known !== undefined) return known.exports;
    const path = `${folder}/${name}`;
    const { ino, size, mtimeNs } = fs.statSync(path, { bigint: true });
    const identity = `${process.version} ${process.arch} ${ino} ${size} ${mtimeNs}`;
    const kept = `${keptFolder ?? ""}/${name.replace("/", "-")}`;
    const cachedData = keptFolder === undefined ? undefined : readKept(fs, kept, identity);
    const source = fs.readFileSync(path, "latin1");
    const script = new Script(`(function(module,require,__piece,__whole,__filename){${source}\n})`, {
      filename: path,
      ...(cachedData === undefined ? {} : { cachedData }),
    });
    const isOfUse = cachedData !== undefined && script.cachedDataRejected !== true;
    const module = { exports: {} as unknown };
    script.runInThisContext()(module, require, piece, whole, path);
    const keptBytes = isOfUse ? cachedData.length : 0;
    loaded.set(name, { exports: module.exports, script, kept, identity, keptBytes });
    return module.exports;
  }

  return {
    load: <Exports>(name: string) => new Promise<Exports>((resolve) => resolve(piece(name) as Exports)),
    keep() {
      if (keptFolder === undefined) return;
      const isLooking = Math.random() * processesPerLook < 1;
      for (const { script, kept, identity, keptBytes } of loaded.values()) {
        if (keptBytes > 0 && !isLooking) continue;
        const code = script.createCachedData();
        if (code.length > keptBytes) writeKept(fs, kept, identity, code);
      }
    },
  };
}

/** Stands there twice: to compare is faster than to compute a checksum, and V8 runs whatever it is given. */
function readKept(fs: Files, path: string, identity: string): Buffer | undefined {
  try {
    const stored = fs.readFileSync(path);
    const start = stored.indexOf("\n") + 1;
    const middle = start + (stored.length - start) / 2;
    if (stored.toString("latin1", 0, start) !== headOf(identity, stored.length - start)) return undefined;
    const isWhole = stored.compare(stored, start, middle, middle) === 0;
    return isWhole ? stored.subarray(start, middle) : undefined;
  } catch (_error) {
    // Not there, mostly.
    return undefined;
  }
}

function writeKept(fs: Files, path: string, identity: string, code: Buffer): void {
  const draft = `${path}.${process.pid}.new`;
  try {
    fs.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true, mode: 0o700 });
    const head = Buffer.from(headOf(identity, 2 * code.length));
    fs.writeFileSync(draft, Buffer.concat([head, code, code]), { mode: 0o600, flag: "wx" });
    fs.renameSync(draft, path);
  } catch (_error) {
    // A folder that cannot be written costs time, nothing else.
    try {
      fs.unlinkSync(draft);
    } catch (_alsoError) {
      // Nor can it be removed.
    }
  }
}

/** What follows begins where V8 needs not copy it first. */
function headOf(identity: string, bytes: number): string {
  const head = `wiggum code 1 ${identity} ${bytes}`;
  return `${head}${" ".repeat(7 - (head.length % 8))}\n`;
}
