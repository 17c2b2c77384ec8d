import { createRequire } from "node:module";

type Parts = Readonly<Record<string, (...given: readonly unknown[]) => unknown>>;

let parts: Parts | undefined;

/** What is loaded when it is called for: the bundler calls this (see bundle-plugins.ts). At once, since some of these functions answer at once. */
export function coldParts(): Parts {
  parts ??= createRequire(import.meta.url)("../hot-cold.js") as Parts;
  return parts;
}
