import { createServer } from "node:net";
import type { AgentId, AgentRegistry } from "@wiggum/workflow";
import type { HostPorts } from "./host-ports.js";

/** A TCP port that no other live agent holds, in this project or another of the same person, and that nothing on this host listens on now. */
export async function leaseFreePort(
  registry: Pick<AgentRegistry, "leasePort">,
  agentId: AgentId,
  generation: number,
  host: HostPorts,
): Promise<number> {
  const tried: number[] = [];
  for (;;) {
    const port = await registry.leasePort(agentId, generation, tried);
    if (host.take(port, agentId) && (await canListen(port))) return port;
    tried.push(port);
  }
}

/** On all addresses, as a development server may: one that another program took on any of them is not free. */
function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
