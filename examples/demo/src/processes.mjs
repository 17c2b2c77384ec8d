import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** Every process that may be looked at, with its command line and environment in one text each. */
function* processes() {
  let entries;
  try {
    entries = readdirSync("/proc").filter((entry) => /^\d+$/.test(entry));
  } catch {
    // No /proc: `ps` shows the environment behind the command.
    const listed = spawnSync("ps", ["-Eaxww", "-o", "pid=,command="], { encoding: "utf8" }).stdout ?? "";
    for (const line of listed.split("\n")) {
      const match = /^\s*(\d+) (.*)$/.exec(line);
      if (match !== null)
        yield { pid: Number(match[1]), command: match[2], environment: match[2].replaceAll(" ", "\0") };
    }
    return;
  }
  for (const entry of entries) {
    try {
      const environment = readFileSync(`/proc/${entry}/environ`, "utf8");
      const command = readFileSync(`/proc/${entry}/cmdline`, "utf8").replaceAll("\0", " ").trim();
      yield { pid: Number(entry), command, environment };
    } catch {
      // It ended while we looked, or is not ours to read.
    }
  }
}

/** Processes that speak of `folder`: what a run left behind. */
export function processesOf(folder) {
  return [...processes()].filter(
    ({ pid, command, environment }) =>
      pid !== process.pid && (environment.includes(folder) || command.includes(folder)),
  );
}

/** Processes of agents of that role (default: any) in `folder`, with what Wiggum told them of themselves. */
export function agentProcesses(folder, role = "") {
  const found = [];
  for (const { pid, environment } of processes()) {
    if (!environment.includes(folder)) continue;
    const variables = new Map(
      environment
        .split("\0")
        .map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
    );
    const agentId = variables.get("WIGGUM_AGENT_ID");
    // Hooks know an agent, too, but are none: only a session has a generation.
    const itsRole = agentId?.replace(/-\d+$/, "");
    if (itsRole === undefined || (role !== "" && itsRole !== role) || !variables.has("WIGGUM_GENERATION"))
      continue;
    found.push({
      pid,
      agentId,
      role: itsRole,
      generation: Number(variables.get("WIGGUM_GENERATION")),
      ticketId: variables.get("WIGGUM_TICKET_ID"),
      epoch: Number(variables.get("WIGGUM_EPOCH") ?? 0),
    });
  }
  return found;
}
