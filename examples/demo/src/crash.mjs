import { agentProcesses } from "./processes.mjs";

/** The worker must have begun: longer than it takes to start, shorter than its work. */
const secondsAtWork = 0.6;

/**
 * Waits for a worker to be at work, preferably on `ticketId`, and kills all of its processes with SIGKILL, as a crash would.
 * @returns what was killed, or undefined when the run ended first
 */
export async function crashOneWorker(project, ticketId, ended) {
  let isOver = false;
  ended.then(() => {
    isOver = true;
  });
  const firstSeen = new Map();
  while (!isOver) {
    const workers = agentProcesses(project, "worker");
    const now = performance.now();
    for (const { agentId } of workers) if (!firstSeen.has(agentId)) firstSeen.set(agentId, now);
    const atWork = workers.filter(({ agentId }) => now - firstSeen.get(agentId) > secondsAtWork * 1000);
    const victim = atWork.find((worker) => worker.ticketId === ticketId) ?? atWork[0];
    if (victim !== undefined && killAll(atWork.filter(({ agentId }) => agentId === victim.agentId))) {
      console.log(`-- killed ${victim.agentId} (${victim.ticketId}) with SIGKILL`);
      return victim;
    }
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  return undefined;
}

function killAll(victims) {
  let killed = 0;
  for (const { pid } of victims) {
    try {
      process.kill(pid, "SIGKILL");
      killed += 1;
    } catch {
      // It ended by itself.
    }
  }
  return killed > 0;
}
