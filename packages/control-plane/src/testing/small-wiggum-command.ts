import { join } from "node:path";
import { inject } from "vitest";

/** Program and arguments of `small-wiggum.ts`. */
export const smallWiggumCommand: readonly string[] = [
  process.execPath,
  "--disable-warning=ExperimentalWarning",
  join(inject("programs"), "small-wiggum.mjs"),
];
