import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const command = fileURLToPath(new URL("../../../bin/wiggum", import.meta.url));

/**
 * Waits for a worker to be at work, preferably on `ticketId`, and kills all of its processes with SIGKILL, as a crash would.
 * @returns what was killed, or undefined when the run ended first
 */
export async function crashOneWorker(project, ticketId, ended) {
  let isOver = false;
  ended.then(() => {
    isOver = true;
  });
  for (let look = 0; !isOver; look += 1) {
    const agents = await list(project);
    const workers = agents.filter(
      (agent) => agent.role === "worker" && agent.pid !== undefined && agent.isRunning,
    );
    const victim =
      workers.find((agent) => agent.ticketId === ticketId) ?? (look > 10 ? workers[0] : undefined);
    if (victim !== undefined && kill(victim.pid)) {
      console.log(`-- killed ${victim.agentId} (${victim.ticketId}) with SIGKILL`);
      return victim;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return undefined;
}

function kill(pid) {
  try {
    process.kill(-pid, "SIGKILL");
    return true;
  } catch {
    return false;
  }
}

async function list(project) {
  const output = await new Promise((resolve) => {
    const child = spawn(command, ["list", "--json"], { cwd: project, stdio: ["ignore", "pipe", "ignore"] });
    let text = "";
    child.stdout.on("data", (chunk) => {
      text += chunk;
    });
    child.once("close", () => resolve(text));
  });
  try {
    return JSON.parse(output).data.agents.map((agent) => ({
      agentId: agent.agentId,
      role: agent.role,
      ticketId: agent.ticketId,
      epoch: agent.epoch,
      pid: agent.pid,
      isRunning: !["exited", "lost"].includes(agent.state),
    }));
  } catch {
    return []; // No agent yet: the command says so with exit 3 and prints no list.
  }
}
