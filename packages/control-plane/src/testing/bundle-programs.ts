// Before the tests of this package: the programs that they start, bundled once. From source such a program takes seven times as long to start as
// from one file, and hooks and agents of the tests start it again and again.
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "tsup";
import type { TestProject } from "vitest/node";

/** Files of this folder. */
const programs = [
  "drain-rows",
  "hold-supervision",
  "init-and-report",
  "own-and-wait",
  "publish-once",
  "reserve-once",
  "run-hook",
  "run-program",
  "small-wiggum",
  "spawn-and-die",
];

declare module "vitest" {
  interface ProvidedContext {
    /** The folder that holds the bundled programs as `<name>.mjs`. */
    programs: string;
  }
}

export default async function bundlePrograms({ provide }: TestProject): Promise<() => void> {
  const base = mkdtempSync(join(tmpdir(), "wiggum-programs-"));
  const here = import.meta.dirname;
  // Found beside the folder of a bundle, as beside `dist/`.
  symlinkSync(join(here, "..", "..", "templates"), join(base, "templates"));
  const folder = join(base, "programs");
  await build({
    entry: Object.fromEntries(programs.map((name) => [name, join(here, `${name}.ts`)])),
    outDir: folder,
    format: ["esm"],
    target: "node22",
    config: false,
    silent: true,
    clean: false,
    splitting: true,
    tsconfig: join(here, "..", "..", "tsconfig.json"),
    noExternal: [/.*/],
    // `node:sqlite` has no name without the prefix.
    removeNodeProtocol: false,
    outExtension: () => ({ js: ".mjs" }),
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module";const require = __createRequire(import.meta.url);',
    },
    esbuildOptions(options) {
      options.conditions = ["wiggum-source"];
    },
  });
  provide("programs", folder);
  return () => rmSync(base, { recursive: true, force: true });
}
