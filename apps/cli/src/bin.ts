#!/usr/bin/env node
// The entry of `wiggum`.
import { hotWords } from "./hot-words.js";
import { openPieces } from "./pieces.js";
import { compiledFolder, keepCompiled, requireNode, startProgram } from "./start-program.js";
import { version } from "./version.js";

if (!requireNode("wiggum")) {
  // It has ended.
} else if (process.argv.length === 3 && (process.argv[2] === "--version" || process.argv[2] === "-v")) {
  process.stdout.write(`wiggum v${version}\n`);
} else {
  const [group, word = ""] = process.argv.slice(2);
  const isHot = group === "ticket" && (hotWords as readonly string[]).includes(word);
  const whole = () => {
    keepCompiled();
    return import("./main.js");
  };
  if (!isHot) startProgram(whole);
  else {
    // Of its own for each command: what others run of the same files would only have to be read.
    const pieces = openPieces(__dirname, compiledFolder(word), { require, whole });
    // The bundler puts `pieces` in the place of `import` (see pieces-plugin.ts).
    startProgram(() => import("./hot.js"), pieces.keep);
  }
}
