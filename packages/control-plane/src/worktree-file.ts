import { pathBytes, pathText } from "@wiggum/git";

/** Where a file of a folder is, for the file system: names of files are bytes. `path` is from the top of the folder, as git gives it. */
export function fileAt(folder: string, path: string): Buffer {
  return pathBytes(path === "" ? folder : `${folder}/${path}`);
}

/** The names in a folder as git would give them. */
export function namesOf(entries: readonly Buffer[]): readonly string[] {
  return entries.map((name) => pathText(name));
}
