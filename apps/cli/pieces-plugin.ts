// The files of the short way as pieces that `src/pieces.ts` loads: Node's own ways of loading take longer, and keep of compiled code only what is
// compiled before anything has run. The bundler makes modules, which are rewritten here. See docs/start-up.md.
import { readFileSync } from "node:fs";
import type { Options } from "tsup";

type Plugin = NonNullable<Options["esbuildPlugins"]>[number];

/** What a piece is given, by these names (see `src/pieces.ts`). */
const given = { piece: "__piece", whole: "__whole" } as const;
/** Stands for `import.meta.url` in what the bundler makes. */
const moduleUrl = "__moduleUrl";

/**
 * Files of this bundle become pieces, and their names end in `.cjs`. What is exported must be what it is from the beginning on: it is taken over when a
 * piece is loaded. Files of other bundles stay what they are.
 */
export const asPieces: Plugin = {
  name: "as-pieces",
  setup(build) {
    build.initialOptions.charset = "ascii";
    build.initialOptions.define = { ...build.initialOptions.define, "import.meta.url": moduleUrl };
    build.onEnd(({ outputFiles = [], metafile }) => {
      const own = new Map(outputFiles.map(({ path }) => [nameOf(path), pieceOf(path)]));
      for (const file of outputFiles) {
        const text = rewritten(file.text, file.path, own);
        file.path = file.path.replace(/\.js$/, ".cjs");
        file.contents = new TextEncoder().encode(text);
        Object.defineProperty(file, "text", { value: text });
      }
      for (const [path, output] of Object.entries(metafile?.outputs ?? {})) {
        if (metafile === undefined || !path.endsWith(".js")) continue;
        delete metafile.outputs[path];
        metafile.outputs[path.replace(/\.js$/, ".cjs")] = output;
      }
    });
  },
};

/** The cold pieces by the name that they have in the end. */
export function coldPiece(text: string): string {
  return text.replace(/createRequire\(import\.meta\.url\)\("[^"]*"\)/, `${given.piece}("hot-cold.cjs")`);
}

/** The text of the entry, which loads the pieces. */
export const loadingPieces: Plugin = {
  name: "loading-pieces",
  setup(build) {
    build.onLoad({ filter: /\/src\/bin\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8").replace('import("./hot.js")', 'pieces.load("hot.cjs")'),
      loader: "ts",
    }));
  },
};

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** From the folder of the built command. */
function pieceOf(path: string): string {
  return path.replace(/^.*?\/(?=(?:chunks\/)?[^/]+$)/, "").replace(/\.js$/, ".cjs");
}

/** The bundler writes all imports first, and all exports last; whatever else it writes there is not known here. */
function rewritten(text: string, file: string, own: ReadonlyMap<string, string>): string {
  const piece = (path: string) => {
    const name = own.get(nameOf(path));
    return name === undefined ? undefined : `${given.piece}(${JSON.stringify(name)})`;
  };
  const imports: string[] = [];
  let rest = text.trimStart();
  for (;;) {
    const [statement, names, from, alone] =
      /^import(?:\{([^{}]*)\}from"([^"]+)"|"([^"]+)");/.exec(rest) ?? [];
    if (statement === undefined) break;
    const loaded = piece(from ?? alone ?? "");
    if (loaded === undefined) throw new Error(`${file}: ${statement} is not of this bundle`);
    const taken = names === undefined ? "" : `const{${pairs(names).map(([name, as]) => `${name}:${as}`)}}=`;
    imports.push(`${taken}${loaded};`);
    rest = rest.slice(statement.length);
  }
  // Licences of what is in it may follow.
  const [ending, exported = "", licences = ""] =
    /export\{([^{}]*)\};?\s*(\/\*!(?:(?!\*\/)[\s\S])*\*\/\s*)?$/.exec(rest) ?? [];
  if (ending !== undefined) {
    const members = pairs(exported).map(([name, as]) => `${as}:${name}`);
    rest = `${rest.slice(0, -ending.length)}module.exports={${members}};\n${licences}`;
  }
  if (/^import[\s{"*]|(?:^|[;}])(?:export[\s{*]|import\s*[{*])/.test(rest))
    throw new Error(`${file}: an import or export that is not known here`);
  const body = rest
    .replace(/\bimport\("(\.[^"]+)"\)/g, (_whole, path: string) => {
      const loaded = piece(path);
      if (loaded !== undefined) return `Promise.resolve().then(()=>${loaded})`;
      if (path !== "./main.js") throw new Error(`${file}: ${path} is not of this bundle`);
      return `${given.whole}()`;
    })
    .replaceAll(moduleUrl, `${moduleUrl}()`);
  const url = `function ${moduleUrl}(){return require("node:url").pathToFileURL(__filename).href}\n`;
  const whole = `"use strict";${imports.join("")}${body.includes(moduleUrl) ? url : ""}${body}`;
  // One byte for each character, as it is read. What the bundler leaves stands in regular expressions.
  return whole.replace(
    /[^\0-\x7f]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** `a as b,c` as `[a, b]`, `[c, c]`. */
function pairs(names: string): readonly (readonly [name: string, as: string])[] {
  return names
    .split(",")
    .filter((each) => each !== "")
    .map((each) => {
      const [name = "", as = name] = each.trim().split(" as ");
      return [name, as];
    });
}
