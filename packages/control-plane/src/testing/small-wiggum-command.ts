import { fileURLToPath } from "node:url";

const beside = (name: string) => new URL(`./${name}`, import.meta.url);

/** Program and arguments of `small-wiggum.ts`. */
export const smallWiggumCommand: readonly string[] = [
  process.execPath,
  "--conditions=wiggum-source",
  "--disable-warning=ExperimentalWarning",
  "--import",
  beside("source-hooks.mjs").href,
  fileURLToPath(beside("small-wiggum.ts")),
];
