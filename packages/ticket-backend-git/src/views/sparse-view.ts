// An agent's view of a store that fans out shows some folders of tickets and leaves the others out, in the way of git's own sparse checkouts.
import { existsSync, lstatSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { isFanName } from "../fan-out.js";
import { readTextIfThere, writeFileAtomically } from "../files.js";
import type { ViewPlace } from "./view-place.js";

/** What git is told in the view's settings: its cone mode, with an index that holds the folders left out as one entry each. */
const settings = "[core]\n\tsparseCheckout = true\n\tsparseCheckoutCone = true\n[index]\n\tsparse = true\n";
/** Everything at the top, and no folder but those that follow. */
const heading = "/*\n!/*/\n";

function patternsPath({ gitFolder }: ViewPlace): string {
  return join(gitFolder, "info", "sparse-checkout");
}

/** The folders of tickets that the view shows: those it was asked for, by us or by `git sparse-checkout add`, and those that somebody made. */
export function shownFolders(view: ViewPlace, more: Iterable<string> = []): ReadonlySet<string> {
  const shown = new Set(more);
  for (const line of (readTextIfThere(patternsPath(view)) ?? "").split("\n")) {
    const folder = /^\/([^/]+)\/$/.exec(line)?.[1];
    if (folder !== undefined && isFanName(folder)) shown.add(folder);
  }
  for (const name of readdirSync(view.folder)) {
    if (isFanName(name) && lstatSync(join(view.folder, name)).isDirectory()) shown.add(name);
  }
  return shown;
}

/** Tells git which folders the view shows. */
export function keepSparse(view: ViewPlace, shown: ReadonlySet<string>): void {
  const folders = [...shown].sort().map((folder) => `/${folder}/\n`);
  const patterns = `${heading}${folders.join("")}`;
  const path = patternsPath(view);
  if (readTextIfThere(path) !== patterns) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileAtomically(path, patterns, { folder: view.privateFolder });
  }
  const config = join(view.gitFolder, "config");
  const text = readTextIfThere(config) ?? "";
  if (text.includes(settings)) return;
  const gap = text === "" || text.endsWith("\n") ? "" : "\n";
  writeFileAtomically(config, `${text}${gap}${settings}`, { folder: view.privateFolder });
}

/** The view shows everything again. */
export function endSparse(view: ViewPlace): void {
  const config = join(view.gitFolder, "config");
  const text = readTextIfThere(config) ?? "";
  if (!text.includes(settings)) return;
  writeFileAtomically(config, text.replace(settings, ""), { folder: view.privateFolder });
  if (existsSync(patternsPath(view))) rmSync(patternsPath(view), { force: true });
  // It leaves folders out, which the settings no longer say.
  rmSync(join(view.gitFolder, "index"), { force: true });
}
