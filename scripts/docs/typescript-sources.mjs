// Lets scripts import the sources of the packages: an import of `./x.js` finds `./x.ts`, a package of the workspace its `src`.
import { existsSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";

registerHooks({
  resolve(specifier, context, next) {
    if (specifier.startsWith(".") && specifier.endsWith(".js")) {
      const source = new URL(specifier.replace(/\.js$/, ".ts"), context.parentURL);
      if (existsSync(fileURLToPath(source))) return next(source.href, context);
    }
    return next(specifier, { ...context, conditions: [...context.conditions, "wiggum-source"] });
  },
});
