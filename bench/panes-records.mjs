// What the agents of the bench of panes wrote down of themselves, and which processes of a folder are left.
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** A record for each session: `{agentId, generation, pid, state, entries, isAlive}`, the newest state last in `entries`. */
export function readRecords(folder) {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".jsonl"))
    .map((name) => {
      const [, agentId, generation] = /^(.+)\.(\d+)\.jsonl$/.exec(name) ?? [];
      const entries = readFileSync(join(folder, name), "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line));
      const pid = entries.find((entry) => entry.pid !== undefined)?.pid;
      const state = entries.findLast((entry) => entry.state !== undefined)?.state;
      return { agentId, generation: Number(generation), pid, state, entries, isAlive: isAlive(pid) };
    });
}

/** Did something stand in its composer when it last wrote of it? */
export function hasDraft({ entries }) {
  return (
    entries.findLast((entry) => entry.hasDraft !== undefined || entry.message !== undefined)?.hasDraft ===
    true
  );
}

function isAlive(pid) {
  try {
    return pid !== undefined && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("pane-agent");
  } catch {
    return false;
  }
}

/** Processes that name the folder in their arguments or environment, or work in it; this one is none. */
export function leftOver(folder) {
  if (!existsSync("/proc")) return [];
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      const read = (name) => {
        try {
          return readFileSync(`/proc/${pid}/${name}`, "utf8");
        } catch {
          return "";
        }
      };
      let cwd = "";
      try {
        cwd = readlinkSync(`/proc/${pid}/cwd`);
      } catch {
        // Ended, or somebody else's.
      }
      const words = read("cmdline").replaceAll("\0", " ").trim();
      const isOurs = words.includes(folder) || read("environ").includes(folder) || cwd.startsWith(folder);
      return isOurs ? [`${pid} ${words.slice(0, 120)}`] : [];
    });
}
