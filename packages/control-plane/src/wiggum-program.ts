import { existsSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { findProgram } from "./find-program.js";
import type { ProjectPaths } from "./project-paths.js";
import { createFile, replaceFile } from "./write-files.js";

/** How agents and hooks call back. */
export interface WiggumProgram {
  /** Absolute path of one program, for `WIGGUM_BIN` and for the end of an agent's PATH. */
  readonly path: string;
  /** The same with its arguments, to start it ourselves; absent = there is none on this machine. */
  readonly command?: readonly string[] | undefined;
}

/**
 * The `wiggum` that agents and hooks call back: a program named `wiggum`, even where ours is started by several words (`node bin.js`). Without
 * a command the one on PATH is taken; where there is none, hooks and agents find nothing to call.
 */
export async function provideWiggumProgram(
  paths: ProjectPaths,
  command: readonly string[] | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<WiggumProgram> {
  const path = join(paths.stateRoot, "bin", "wiggum");
  if (command === undefined) {
    const found = findProgram("wiggum", environment, paths.root);
    return found === undefined ? { path } : { path: found, command: [found] };
  }
  const script = `#!/bin/sh\nexec ${command.map(quoted).join(" ")} "$@"\n`;
  if (!existsSync(path) || readFileSync(path, "utf8") !== script) {
    await mkdir(dirname(path), { recursive: true });
    if (!(await createFile(path, script, { mode: 0o755 }))) await replaceFile(path, script);
  }
  return { path, command };
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
