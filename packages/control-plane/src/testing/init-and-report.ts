// One `init` in a process of its own: waits for the file that starts everybody at once, then prints what it did.
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { initProject } from "../init.js";

const [cwd = "", start = ""] = process.argv.slice(2);
console.log("ready");
while (!existsSync(start)) await sleep(1);
const { kind, parts } = await initProject({ cwd, environment: process.env, agent: "claude" });
console.log(
  JSON.stringify({ kind, made: parts.filter(({ outcome }) => outcome !== "kept").map(({ path }) => path) }),
);
