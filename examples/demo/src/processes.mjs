import { readdirSync, readFileSync } from "node:fs";

/** Processes whose environment or working directory lies in `folder`: what a run left behind. Linux only; elsewhere an empty list. */
export function processesOf(folder) {
  const found = [];
  let entries = [];
  try {
    entries = readdirSync("/proc");
  } catch {
    return found;
  }
  for (const entry of entries) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
    try {
      const environment = readFileSync(`/proc/${entry}/environ`, "utf8");
      const command = readFileSync(`/proc/${entry}/cmdline`, "utf8").replaceAll("\0", " ").trim();
      if (environment.includes(folder) || command.includes(folder))
        found.push({ pid: Number(entry), command });
    } catch {
      // It ended while we looked, or is not ours to read.
    }
  }
  return found;
}
