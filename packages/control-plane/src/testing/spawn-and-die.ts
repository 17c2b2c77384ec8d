// Spawns an agent and kills itself (SIGKILL) at one instant. Arguments: root, url of the tickets, role, ticket, instant.
// Instants: "reserved", "recorded <step>" (written down, not done), "done <step>" (done, the next not written down), "never".
import { spawnAgent } from "@wiggum/workflow";
import { memoryTickets } from "./memory-tickets.js";
import { remoteBackend } from "./served-tickets.js";
import { testSpawnPorts } from "./spawn-ports.js";

const [root = "", url = "", role = "", ticketId = "", instant = "never"] = process.argv.slice(2);
const die = () => {
  process.kill(process.pid, "SIGKILL");
  return new Promise<never>(() => undefined);
};
const environment = Object.fromEntries(
  Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
);
const ports = testSpawnPorts({
  root,
  tickets: memoryTickets(remoteBackend(url)).tickets,
  command: ["sh", "-c", "echo started; exec sleep 600"],
  environment,
});
let last = "";
const { registry } = ports;
const spawned = await spawnAgent(
  { role, ticketId },
  {
    ...ports,
    registry: {
      ...registry,
      async recordStep(spawnId, step) {
        if (instant === "reserved" && last === "") await die();
        if (last !== "" && instant === `done ${last}`) await die();
        await registry.recordStep(spawnId, step);
        if (instant === `recorded ${step.step}`) await die();
        last = step.step;
      },
      async recordStart(spawnId, session) {
        if (instant === "runner started") await die();
        await registry.recordStart(spawnId, session);
        if (instant === "start noted") await die();
      },
      async finishSpawn(spawnId) {
        if (instant === `done ${last}`) await die();
        await registry.finishSpawn(spawnId);
      },
    },
  },
);
console.log(spawned.agentId);
