import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join, resolve, sep } from "node:path";

/**
 * Where a shell would find `program`: along PATH, or itself where it holds a slash (then from `cwd`). undefined = nowhere.
 * Nothing is started.
 */
export function findProgram(
  program: string,
  environment: Readonly<Record<string, string | undefined>>,
  cwd: string,
): string | undefined {
  if (program.includes("/") || program.includes(sep)) {
    const path = isAbsolute(program) ? program : resolve(cwd, program);
    return isProgram(path) ? path : undefined;
  }
  const folders = (environment["PATH"] ?? "").split(delimiter);
  // An empty entry of PATH means the working directory.
  return folders.map((folder) => join(resolve(cwd, folder), program)).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
