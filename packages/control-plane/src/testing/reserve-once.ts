// Reserves a place when told to, and prints what came of it. Arguments: folder, role, ticket, most agents ("-" = no limit).
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createAgentRegistry } from "../registry.js";

const [folder = "", role = "", ticketId = "", limit = "-"] = process.argv.slice(2);
const registry = createAgentRegistry({
  database: join(folder, "agents.db"),
  panelsFile: join(folder, "panels.json"),
  ownersDirectory: join(folder, "owners"),
});
console.log("ready");
while (!existsSync(join(folder, "go"))) await sleep(5);
try {
  const { agentId, generation } = await registry.reserve({
    role,
    ticketId,
    ...(limit === "-" ? {} : { maxAgents: Number(limit) }),
    usesSlot: () => true,
    isTaken: () => false,
    isSupervised: false,
  });
  console.log(JSON.stringify({ agentId, generation }));
} catch (error) {
  console.log(
    JSON.stringify({ code: (error as { code?: string }).code, data: (error as { data?: unknown }).data }),
  );
}
