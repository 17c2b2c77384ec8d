// Preloaded into the built command (`NODE_OPTIONS=--import`): writes what it loaded to the file of RECORD_MODULES when it ends.
import { appendFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { pathToFileURL } from "node:url";

const loaded = new Set();
registerHooks({
  load(url, context, next) {
    loaded.add(url);
    return next(url, context);
  },
});
// The short way loads its files by itself (see ../pieces.ts).
const vm = process.getBuiltinModule("node:vm");
vm.Script = class extends vm.Script {
  constructor(text, options) {
    super(text, options);
    if (options?.filename !== undefined) loaded.add(pathToFileURL(options.filename).href);
  }
};
process.on("exit", () => {
  const builtIn = process.moduleLoadList.flatMap(
    (entry) => /^NativeModule (?!internal\/)(.+)$/.exec(entry)?.[1] ?? [],
  );
  const record = {
    words: process.argv.slice(2),
    files: [...loaded].filter((url) => url.startsWith("file:")),
    builtIn,
  };
  appendFileSync(process.env.RECORD_MODULES, `${JSON.stringify(record)}\n`);
});
