// How the command is bundled, beyond what the bundler does by itself. See docs/start-up.md.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Options } from "tsup";
import { coldFiles } from "./cold-files.js";
import { coldPiece } from "./pieces-plugin.js";

type Plugin = NonNullable<Options["esbuildPlugins"]>[number];

const sources = fileURLToPath(new URL("./src/", import.meta.url));
const packages = fileURLToPath(new URL("../../packages/", import.meta.url));

/** Where a name comes from, and what it is called there. */
interface Origin {
  readonly file: string;
  readonly name: string;
}

const knownExports = new Map<string, ReadonlyMap<string, Origin>>();

/** What a file exports, types left out, each with the file that has it. Our files are written in one way only, which this reads. */
function exportsOf(file: string): ReadonlyMap<string, Origin> {
  const known = knownExports.get(file);
  if (known !== undefined) return known;
  const text = readFileSync(file, "utf8");
  const found = new Map<string, Origin>();
  knownExports.set(file, found);
  const own = /^export (?:async )?(?:abstract )?(?:function\*?|class|const|let) (\w+)/gm;
  for (const [, name = ""] of text.matchAll(own)) found.set(name, { file, name });
  for (const [, path = ""] of text.matchAll(/^export \* from "(\.[^"]+)";$/gm)) {
    for (const [name, origin] of exportsOf(sourceOf(file, path))) found.set(name, origin);
  }
  for (const [, names = "", path = ""] of text.matchAll(/^export \{([^}]*)\} from "(\.[^"]+)";$/gm)) {
    const from = exportsOf(sourceOf(file, path));
    for (const { name, as } of specifiersIn(names)) {
      const origin = from.get(name);
      if (origin === undefined) throw new Error(`${file}: ${path} exports no ${name}`);
      found.set(as, origin);
    }
  }
  return found;
}

function sourceOf(importer: string, path: string): string {
  return join(dirname(importer), path.replace(/\.js$/, ".ts"));
}

function specifiersIn(names: string): readonly { readonly name: string; readonly as: string }[] {
  return names
    .split(",")
    .map((specifier) => specifier.trim())
    .filter((specifier) => specifier !== "" && !specifier.startsWith("type "))
    .map((specifier) => {
      const [name = "", as = name] = specifier.split(" as ");
      return { name, as };
    });
}

/** The file that a package of ours is imported as. ticket-core comes without its parsers, which `main.ts` provides. */
function rootOf(packageName: string): string {
  const folder = join(packages, packageName, "src");
  const light = join(folder, "light.ts");
  return existsSync(light) ? light : join(folder, "index.ts");
}

/** Imports of our packages, each name from the very file that has it. @throws for an import that takes a whole package */
function withDirectImports(text: string, file: string): string {
  const whole = /^(?!import type|export type).*(?:import\(|\* from |\* as \w+ from )"@wiggum\/[a-z-]+"/m.exec(
    text,
  );
  if (whole !== null)
    throw new Error(`${file}: name what is imported, so that the rest can be left out: ${whole[0]}`);
  const pattern = /^(import|export) \{([^}]*)\} from "@wiggum\/([a-z-]+)";$/gm;
  return text.replace(pattern, (_all, verb: string, names: string, packageName: string) => {
    const from = exportsOf(rootOf(packageName));
    return specifiersIn(names)
      .map(({ name, as }) => {
        const origin = from.get(name);
        if (origin === undefined) throw new Error(`${file}: @wiggum/${packageName} exports no ${name}`);
        return `${verb} { ${origin.name} as ${as} } from ${JSON.stringify(origin.file)};`;
      })
      .join(" ");
  });
}

/** Files that are loaded with `import()`, always after the parts that commands have in common. */
const loadedLater = [
  /^apps\/cli\/src\/(?:overview|topic-page)\.ts$/,
  /^apps\/cli\/src\/render\/terminal-table\.ts$/,
  /^apps\/cli\/src\/exchange\/(?:import|export)-tickets\.ts$/,
  /^apps\/cli\/src\/live\/(?:supervise-live|terminal-screen|terminal-title)\.ts$/,
  /^apps\/cli\/src\/composition\/(?!open\.ts$)/,
  /^packages\/control-plane\/src\/(?:agent-statuses|config-yaml|hand-in|hook-runner|profile-schema|role-frontmatter|use-cases)\.ts$/,
  /^packages\/ticket-backend-git\/src\/uplink\/through-upstream\.ts$/,
];

/**
 * Two things about how code is cut into chunks, which the bundler does file by file.
 *
 * - A name is imported from the file that has it, not through the `index.ts` of its package: whatever an index names would be in every chunk that
 *   uses any of it.
 * - What commands have in common (`command-parts.ts`) becomes one chunk. Left alone, it falls apart into dozens, by which commands use which file,
 *   and each costs as much time to open as thousands of its characters to read.
 */
export const chunks = chunksAround("command-parts.ts", { more: [/^apps\/cli\/src\/commands\//] });

/** The same for the commands that are run all the time: what they need at once is one chunk. */
export const hotChunks = chunksAround("hot-parts.ts", {
  more: [/^packages\/ticket-core\/src\/parsers\.ts$/, /^apps\/cli\/src\/parse-fully\.ts$/],
  hasColdParts: true,
});

function chunksAround(
  parts: string,
  {
    more = [],
    hasColdParts = false,
  }: { readonly more?: readonly RegExp[]; readonly hasColdParts?: boolean } = {},
): Plugin {
  return {
    name: "chunks",
    setup(build) {
      const shared = hasColdParts ? [parts, "hot-cold.ts"] : [parts];
      const common = shared.map((name) => `import ${JSON.stringify(join(sources, name))};\n`).join("");
      if (hasColdParts) putColdPartsApart(build);
      build.onLoad({ filter: /\/(?:apps|packages)\/[^/]+\/src\/.*\.ts$/ }, ({ path }) => {
        const name = path.slice(dirname(packages).length + 1);
        const isLater = [...loadedLater, ...more].some((pattern) => pattern.test(name));
        const text = withNodesModules(withDirectImports(readFileSync(path, "utf8"), path));
        const contents = hasColdParts && !coldFiles.has(name) ? withLateCalls(text, path) : text;
        return { contents: isLater ? common + contents : contents, loader: "ts" };
      });
    },
  };
}

/** One of Node's own modules is there at once, without the way that other modules take. */
function withNodesModules(text: string): string {
  return text.replace(/\bawait import\(("node:[a-z_/]+")\)/g, "process.getBuiltinModule($1)");
}

/** Functions of the cold parts are taken from a stand-in that loads them. Where a file wants more of one than functions, it gets the file itself. */
function withLateCalls(text: string, file: string): string {
  const pattern = /import \{([^}]*)\} from "([^"]+)";/g;
  return text.replace(pattern, (whole, names: string, from: string) => {
    const path = from.startsWith(".") ? sourceOf(file, from) : from;
    const functions = functionsOf(path);
    const isLate = specifiersIn(names).every(({ name }) => functions?.includes(name) === true);
    return isLate ? `import {${names}} from ${JSON.stringify(`late:${path}`)};` : whole;
  });
}

/** The functions that a cold file exports; `undefined` = it is none. */
function functionsOf(path: string): readonly string[] | undefined {
  if (!coldFiles.has(path.slice(dirname(packages).length + 1))) return undefined;
  const text = readFileSync(path, "utf8");
  return [...text.matchAll(/^export (?:async )?function\*? (\w+)/gm)].map(([, name = ""]) => name);
}

/** One file with all functions of the cold parts, each under a name of its own, and the stand-ins that call them there. */
function putColdPartsApart(build: Parameters<Plugin["setup"]>[0]): void {
  const paths = [...coldFiles].map((name) => join(dirname(packages), name));
  const lateName = (path: string, name: string) => `${name}_${paths.indexOf(path)}`;
  build.onLoad({ filter: /\/src\/cold-parts\.ts$/ }, ({ path }) => ({
    contents: coldPiece(readFileSync(path, "utf8")),
    loader: "ts",
  }));
  build.onLoad({ filter: /\/src\/hot-cold\.ts$/ }, () => ({
    contents: [
      `import ${JSON.stringify(join(sources, "hot-parts.ts"))};`,
      ...paths.map((path) => {
        const names = (functionsOf(path) ?? []).map((name) => `${name} as ${lateName(path, name)}`);
        return `export { ${names.join(", ")} } from ${JSON.stringify(path)};`;
      }),
    ].join("\n"),
    loader: "ts",
  }));
  build.onResolve({ filter: /^late:/ }, ({ path }) => ({
    path: path.slice("late:".length),
    namespace: "late",
    sideEffects: false,
  }));
  build.onLoad({ filter: /.*/, namespace: "late" }, ({ path }) => ({
    contents: [
      `import { coldParts } from ${JSON.stringify(join(sources, "cold-parts.ts"))};`,
      ...(functionsOf(path) ?? []).map(
        (name) => `export const ${name} = (...given) => coldParts().${lateName(path, name)}(...given);`,
      ),
    ].join("\n"),
    resolveDir: sources,
    loader: "js",
  }));
}

/** What Node has loaded before the first line of a program runs. */
const loadedByNode = new Set(
  ["async_hooks", "buffer", "diagnostics_channel", "events", "fs", "path", "timers", "url", "util"].map(
    (name) => `node:${name}`,
  ),
);

/**
 * Node's own modules are taken as `process.getBuiltinModule()` gives them. An `import` of one reads every one of its names, of which some load much more:
 * `node:fs` brings streams and promises with it, a quarter of a start of Node. And one that Node has not loaded yet is loaded at the first call.
 *
 * A class of such a module may be made with `new` and nothing else.
 */
export const lateModules: Plugin = {
  name: "late-modules",
  setup(build) {
    build.onResolve({ filter: /^node:/ }, ({ path, kind, namespace }) => {
      if (kind !== "import-statement" || namespace === "built-in") return undefined;
      if (path === "node:fs/promises") return { path: join(sources, "prompt-files.ts"), sideEffects: false };
      return { path, namespace: "built-in", sideEffects: false };
    });
    build.onLoad({ filter: /.*/, namespace: "built-in" }, ({ path }) => ({
      contents: lateModule(path),
      loader: "js",
    }));
  },
};

/** A module with the names of one of Node's, each of which falls away where it is not used. */
function lateModule(name: string): string {
  const own = process.getBuiltinModule(name) as unknown as Readonly<Record<string, unknown>> | undefined;
  if (own === undefined) throw new Error(`Node has no module ${name}`);
  const isThere = loadedByNode.has(name);
  const lines = Object.keys(own).flatMap((key) => {
    if (!/^[A-Za-z]\w*$/.test(key)) return [];
    if (isThere) return [`export const ${key} = /* @__PURE__ */ (() => it().${key})();`];
    const value = own[key];
    if (typeof value === "object")
      return [
        `export const ${key} = /* @__PURE__ */ new Proxy({}, { get: (_, name) => it().${key}[name] });`,
      ];
    if (typeof value !== "function") return [`export const ${key} = /* @__PURE__ */ (() => it().${key})();`];
    return isClass(value)
      ? [`export function ${key}(...given) { return new (it().${key})(...given); }`]
      : [`export const ${key} = (...given) => it().${key}(...given);`];
  });
  return [`const it = () => process.getBuiltinModule(${JSON.stringify(name)});`, ...lines, ""].join("\n");
}

function isClass(value: object): boolean {
  const { prototype } = value as { readonly prototype?: object };
  return prototype !== undefined && Object.getOwnPropertyNames(prototype).length > 1;
}

/** The bundle of `wiggum` stays the file that it is: `tk` loads it only in a project. */
export const mainApart: Plugin = {
  name: "main-apart",
  setup(build) {
    build.onResolve({ filter: /^\.\/main\.js$/ }, ({ path }) => ({ path, external: true }));
  },
};

/** Writes which packages each file of the built command holds, for the test of what commands load. Not published. */
export function contentsTo(path: URL): Plugin {
  return {
    name: "contents",
    setup(build) {
      build.initialOptions.metafile = true;
      build.onEnd(({ metafile }) => {
        const contents = Object.entries(metafile?.outputs ?? {}).map(([output, { inputs }]) => [
          output.replace(/^dist\//, ""),
          [...new Set(Object.keys(inputs).map(packageOf))].sort(),
        ]);
        writeFileSync(path, `${JSON.stringify(Object.fromEntries(contents), null, 2)}\n`);
      });
    },
  };
}

/** `yaml`, `@stricli/core`, or the folder of a package of ours. */
function packageOf(input: string): string {
  const foreign = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1];
  return foreign ?? /(?:packages\/([^/]+)|^src)\//.exec(input)?.[1] ?? "cli";
}
