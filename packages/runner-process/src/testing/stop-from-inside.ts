// An agent that stops itself: reads its own handle from the file `handle.json` in its folder, and writes the report to `report.json`.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { createProcessRunner } from "../create-process-runner.js";

while (!existsSync("handle.json")) await sleep(5);
const handle = JSON.parse(readFileSync("handle.json", "utf8"));
const report = await createProcessRunner({ terminateWaitMs: 200, killWaitMs: 1_000 }).stop(handle);
writeFileSync("report.json", `${JSON.stringify({ pid: process.pid, ...report })}\n`);
