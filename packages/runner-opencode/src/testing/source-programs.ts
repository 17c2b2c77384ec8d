import { fileURLToPath } from "node:url";

/** Program and arguments that run a TypeScript file of this folder from source. */
export function sourceProgram(name: string): readonly string[] {
  return [
    process.execPath,
    "--conditions=wiggum-source",
    "--disable-warning=ExperimentalWarning",
    "--import",
    new URL("./source-hooks.mjs", import.meta.url).href,
    fileURLToPath(new URL(`./${name}`, import.meta.url)),
  ];
}
