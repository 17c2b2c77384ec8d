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
  /** What was there; `undefined` = nothing, or nothing of use. */
  readonly before: Kept | undefined;
}

/** Compiled code, and how many processes have added to it. */
interface Kept {
  readonly code: Buffer;
  readonly looks: number;
}

/** So many processes add what they ran that none ran before, since not all go the same way; later one of so many still does. */
const firstLooks = 4;
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
    const found = keptFolder === undefined ? undefined : readKept(fs, kept, identity);
    const source = fs.readFileSync(path, "latin1");
    const script = new Script(`(function(module,require,__piece,__whole,__filename){${source}\n})`, {
      filename: path,
      ...(found === undefined ? {} : { cachedData: found.code }),
    });
    const before = script.cachedDataRejected === true ? undefined : found;
    const module = { exports: {} as unknown };
    script.runInThisContext()(module, require, piece, whole, path);
    loaded.set(name, { exports: module.exports, script, kept, identity, before });
    return module.exports;
  }

  return {
    load: <Exports>(name: string) => new Promise<Exports>((resolve) => resolve(piece(name) as Exports)),
    keep() {
      if (keptFolder === undefined) return;
      const isChosen = Math.random() * processesPerLook < 1;
      let isNew = false;
      for (const { script, kept, identity, before } of loaded.values()) {
        const { looks, code } = before ?? { looks: 0, code: undefined };
        if (looks >= firstLooks && !isChosen) continue;
        const all = script.createCachedData();
        const isMore = code === undefined || all.length > code.length;
        if (isMore || looks < firstLooks)
          writeKept(fs, kept, identity, { code: isMore ? all : code, looks: looks + 1 });
        isNew = isNew || looks === 0;
      }
      if (isNew) sweep(fs, keptFolder);
    },
  };
}

/** Stands there twice: to compare is faster than to compute a checksum, and V8 runs whatever it is given. */
function readKept(fs: Files, path: string, identity: string): Kept | undefined {
  try {
    const stored = fs.readFileSync(path);
    const start = stored.indexOf("\n") + 1;
    const head = stored.toString("latin1", 0, start);
    const looks = Number(head.split(" ", 4)[3]);
    if (head !== headOf(identity, looks, stored.length - start)) return undefined;
    const middle = start + (stored.length - start) / 2;
    const isWhole = stored.compare(stored, start, middle, middle) === 0;
    return isWhole ? { code: stored.subarray(start, middle), looks } : undefined;
  } catch (_error) {
    // Not there, mostly.
    return undefined;
  }
}

function writeKept(fs: Files, path: string, identity: string, { code, looks }: Kept): void {
  const draft = `${path}.${process.pid}.new`;
  try {
    fs.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true, mode: 0o700 });
    const head = Buffer.from(headOf(identity, looks, 2 * code.length));
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

/** What was kept of former builds. One that is still in use is made anew. */
const keptForMs = 30 * 24 * 3600 * 1000;

function sweep(fs: Files, folder: string): void {
  try {
    for (const name of fs.readdirSync(folder)) {
      const path = `${folder}/${name}`;
      if (Date.now() - fs.statSync(path).mtimeMs > keptForMs) fs.unlinkSync(path);
    }
  } catch (_error) {
    // It takes room, nothing else.
  }
}

/** What follows begins where V8 needs not copy it first. */
function headOf(identity: string, looks: number, bytes: number): string {
  const head = `wiggum code 1 ${looks} ${identity} ${bytes}`;
  return `${head}${" ".repeat(7 - (head.length % 8))}\n`;
}
