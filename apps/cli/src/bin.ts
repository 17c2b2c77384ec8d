#!/usr/bin/env node
// The entry of `wiggum`.
import { hotWords } from "./hot-words.js";
import { requireNode, startProgram } from "./start-program.js";
import { version } from "./version.js";

if (!requireNode("wiggum")) {
  // It has ended.
} else if (process.argv.length === 3 && (process.argv[2] === "--version" || process.argv[2] === "-v")) {
  process.stdout.write(`wiggum v${version}\n`);
} else {
  const [group, word] = process.argv.slice(2);
  const isHot = group === "ticket" && (hotWords as readonly (string | undefined)[]).includes(word);
  if (isHot) startProgram(() => import("./hot.js"), word);
  else startProgram(() => import("./main.js"));
}
