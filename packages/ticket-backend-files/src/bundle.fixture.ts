import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "tsup";
import { afterAll, beforeAll } from "vitest";

/**
 * A module of this package as one file that a bare Node process can run: Node strips types, but finds no `./x.ts` for `./x.js`.
 * Built once per test file, from the sources. Answers its path; call it in the body of a `describe` or of the file.
 */
export function bundleForNode(name: string): { readonly path: string } {
  const made = { path: "" };
  let folder = "";
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "wiggum-bundle-"));
    await build({
      entry: { [name]: join(import.meta.dirname, `${name}.ts`) },
      outDir: folder,
      format: ["esm"],
      target: "node22",
      config: false,
      silent: true,
      clean: false,
      splitting: false,
      tsconfig: join(import.meta.dirname, "..", "tsconfig.json"),
      noExternal: [/.*/],
      removeNodeProtocol: false,
      outExtension: () => ({ js: ".mjs" }),
      banner: {
        js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
      },
      esbuildOptions(options) {
        options.conditions = ["wiggum-source"];
      },
    });
    made.path = join(folder, `${name}.mjs`);
  }, 120_000);
  afterAll(() => {
    if (folder !== "") rmSync(folder, { recursive: true, force: true });
  });
  return made;
}
