// What both programs do first, built for old syntax and without an import of Node's own modules: a Node that is too old must be able to say so.

const neededMajor = 22;
const neededMinor = 18;

/** Is this Node new enough? If not, says so and ends the process. */
export function requireNode(program: string): boolean {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > neededMajor || (major === neededMajor && minor >= neededMinor)) return true;
  process.stderr.write(
    `[error] ${program} needs Node ${neededMajor}.${neededMinor} or newer; this is ${process.versions.node}\n` +
      "        next: install a newer Node, for example from https://nodejs.org\n",
  );
  process.exit(1);
}

/** Loads the program and ends the process with its exit code. `atEnd` is done last. */
export function startProgram(
  load: () => Promise<{ readonly main: () => Promise<number> }>,
  atEnd: () => void = () => {},
): void {
  // Node 22 warns that its SQLite is experimental. That is known here and no news for whoever reads standard error.
  process.removeAllListeners("warning");
  process.on("warning", (warning) => {
    if (warning.name === "ExperimentalWarning" && warning.message.includes("SQLite")) return;
    process.stderr.write(`[warn] ${warning.name}: ${warning.message}\n`);
  });
  load()
    .then(({ main }) => main())
    .then(
      // The one exit: what a command left open (a terminal that is read, a timer) must not keep it alive.
      (exitCode) => {
        atEnd();
        process.exit(exitCode);
      },
      (error) => {
        const what = error instanceof Error ? error.stack : String(error);
        process.stderr.write(`[error] Unexpected failure: ${what}\n`);
        process.exit(1);
      },
    );
}

/** Has Node keep what it compiles of the whole program. */
export function keepCompiled(): void {
  // Chosen by the person: Node has read that itself.
  if (process.env["NODE_COMPILE_CACHE"]) return;
  const cache = compiledFolder("whole");
  if (cache !== undefined) process.getBuiltinModule("node:module").enableCompileCache(cache);
}

/**
 * Where compiled code is kept, for each of the commands of the short way and for the whole program: whoever can write there can make this process run theirs. So it is no folder that is shared (Node's own choice lies in
 * the folder for temporary files), and only one below a home that belongs to the user of this process and that nobody else
 * can write to: not another's home that `sudo` passes on.
 */
export function compiledFolder(part: string): string | undefined {
  // Refused, or chosen, by the person: Node's own variables.
  if (process.env["NODE_DISABLE_COMPILE_CACHE"]) return undefined;
  const { join, isAbsolute, resolve } = process.getBuiltinModule("node:path");
  const chosen = process.env["NODE_COMPILE_CACHE"];
  if (chosen) return join(resolve(chosen), "wiggum", part);
  const { HOME = "", XDG_CACHE_HOME = "", LOCALAPPDATA = "" } = process.env;
  const base = XDG_CACHE_HOME || LOCALAPPDATA || (HOME && join(HOME, ".cache"));
  const owned = XDG_CACHE_HOME || LOCALAPPDATA || HOME;
  if (!isAbsolute(base)) return undefined;
  const found = process.getBuiltinModule("node:fs").statSync(owned, { throwIfNoEntry: false });
  const user = process.getuid?.();
  const isOwn = user === undefined || (found?.uid === user && (found.mode & 0o022) === 0);
  return found !== undefined && isOwn ? join(base, "wiggum", "compiled", part) : undefined;
}
