// The licences of the packages whose code is in a bundle, as they ask for: one step for every package that is published bundled.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

// Builds run in the folder of their package, and are bundled before they run: this file's own place is not known to them.
const licences = resolve("../../scripts/licences");

/**
 * A plugin of the bundler that writes `third-party-notices.txt`. Handed to several builds of one package, it writes what is in any of them.
 * @param {string} folder of the package; its bundle is `dist`
 * @returns {NonNullable<import("tsup").Options["esbuildPlugins"]>[number]}
 */
export function thirdPartyNotices(folder) {
  const found = new Set();
  return {
    name: "third-party-notices",
    setup(build) {
      build.initialOptions.metafile = true;
      build.onEnd(({ metafile }) => {
        for (const { inputs } of Object.values(metafile?.outputs ?? {})) {
          for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
            const home = bytesInOutput > 0 && /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];
            if (home) found.add(resolve(folder, home));
          }
        }
        mkdirSync(join(folder, "dist"), { recursive: true });
        const texts = [...new Set([...found].map(noticeOf))].sort();
        writeFileSync(join(folder, "dist/third-party-notices.txt"), texts.join(`\n${"-".repeat(80)}\n\n`));
      });
    },
  };
}

/** Of a package that names its licence and does not bring it, the text is in `licences/`. @throws when there is none */
function noticeOf(home) {
  const { name, version, license, author, repository } = JSON.parse(
    readFileSync(join(home, "package.json"), "utf8"),
  );
  const own = readdirSync(home).find((entry) => /^licen[cs]e(?:[.-]\w+)?$/i.test(entry));
  const common = join(licences, `${license}.txt`);
  const head = `${name} ${version} (${license})\n\n`;
  if (own !== undefined) return `${head}${readFileSync(join(home, own), "utf8").trim()}\n`;
  if (!existsSync(common))
    throw new Error(`${name} has no licence to hand on: put the text of ${license} into ${common}`);
  const by = [author?.name ?? author, repository?.url ?? repository].filter((text) => text !== undefined);
  return `${head}${by.map((text) => `${text}\n`).join("")}\n${readFileSync(common, "utf8").trim()}\n`;
}
