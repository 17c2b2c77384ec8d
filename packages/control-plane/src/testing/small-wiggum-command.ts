import { fileURLToPath } from "node:url";

/** Program and arguments of `small-wiggum.ts`. */
export const smallWiggumCommand: readonly string[] = [
  process.execPath,
  "--conditions=wiggum-source",
  "--disable-warning=ExperimentalWarning",
  "--import",
  new URL("./source-hooks.mjs", import.meta.url).href,
  fileURLToPath(new URL("./small-wiggum.ts", import.meta.url)),
];
