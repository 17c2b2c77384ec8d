import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { hostPortsFile, openHostPorts } from "./host-ports.js";
import { leaseFreePort } from "./leased-port.js";
import { createAgentRegistry } from "./registry.js";

function home() {
  const base = mkdtempSync(join(tmpdir(), "wiggum-ports-"));
  onTestFinished(() => rmSync(base, { recursive: true, force: true }));
  return base;
}

/** The part of a project that leases ports. */
function project(base: string, name: string) {
  const folder = join(base, name);
  mkdirSync(folder);
  const database = join(folder, "agents.db");
  const registry = createAgentRegistry({
    database,
    panelsFile: join(folder, "panels.json"),
    ownersDirectory: join(folder, "owners"),
  });
  onTestFinished(() => registry.close());
  const host = openHostPorts({ HOME: base }, database);
  const agent = async () => {
    const { agentId, spawnId } = await registry.reserve({
      role: "worker",
      usesSlot: () => true,
      isTaken: () => false,
      isSupervised: false,
    });
    await registry.finishSpawn(spawnId);
    return agentId;
  };
  return { registry, folder, agent, lease: (agentId: string) => leaseFreePort(registry, agentId, 1, host) };
}

// P34
test("agents of two projects never hold the same port, also when all ask at once; what is given back, or deleted, is free", async () => {
  const base = home();
  const [one, other] = [project(base, "one"), project(base, "other")];
  const agents = await Promise.all(
    [one, one, one, other, other, other].map(async (of) => [of, await of.agent()] as const),
  );
  const ports = await Promise.all(agents.map(([of, agentId]) => of.lease(agentId)));
  expect(new Set(ports).size).toBe(6);
  const [[, first] = [one, ""]] = agents;
  expect(await one.lease(first)).toBe(ports[0]);

  await one.registry.retire(first);
  const next = await other.agent();
  expect(await other.lease(next)).toBe(ports[0]);
  await one.registry.close();
  rmSync(one.folder, { recursive: true });
  const more = [await other.agent(), await other.agent()];
  const freed = [await other.lease(more[0] ?? ""), await other.lease(more[1] ?? "")];
  expect(freed.every((port) => ports.includes(port))).toBe(true);
});

test("what listens is passed by; a home that cannot be used keeps nobody from a port", async () => {
  const base = home();
  const { agent, lease } = project(base, "one");
  const agentId = await agent();
  const port = await lease(agentId);
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(port, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  expect(await lease(agentId)).not.toBe(port);

  expect(hostPortsFile({ HOME: "relative" })).toBeUndefined();
  const broken = join(base, "state");
  mkdirSync(join(broken, "wiggum"), { recursive: true });
  writeFileSync(
    join(broken, "wiggum", "ports.db"),
    "no database, only text that is long enough to be looked at\n".repeat(100),
  );
  expect(openHostPorts({ XDG_STATE_HOME: broken }, "here").take(24_000, "worker-0")).toBe(true);
});
