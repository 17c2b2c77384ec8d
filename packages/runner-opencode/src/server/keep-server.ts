import { randomBytes } from "node:crypto";
import { link, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  createSessionRunner,
  type SessionRunnerSettings,
  spawnKeeper,
} from "@wiggum/runner-process/sessions";
import type { AgentHandle, AgentRunner } from "@wiggum/workflow";
import { connect, type ServerAddress } from "../connection.js";
import { serverEndedAtStart, serverNotReady, wrongPassword } from "../errors.js";
import { readJson } from "../write-whole.js";
import { makeHome } from "./server-environment.js";
import { type ServerOrder, serverPaths } from "./server-order.js";
import { placeShellPlugin } from "./shell-plugin.js";

/** A server that runs, and which of its kind it is. */
export interface KeptServer extends ServerAddress {
  readonly generation: number;
  readonly handle: AgentHandle;
}

interface ServerSecret {
  readonly password: string;
}

const serverId = "opencode-server";
const pollMs = 50;
/** A server that listens and does not answer is looked at so often before it is given up. */
const probes = 5;
/** More than that of a folder's servers of before are not kept. */
const keptGenerations = 3;

/** Servers are kept like agents: found again by any process, ended with all that they started. */
export function createServerRunner(settings: SessionRunnerSettings = {}): AgentRunner {
  return createSessionRunner({ name: serverId, launchKeeper: spawnKeeper, ...settings });
}

/**
 * The project's server: the one that runs, or a new one. Any number of callers at once, in any processes, get the same: each start has a
 * number, and what a number means is decided once.
 * @throws RUNNER_FAILED it cannot be started
 */
export async function keepServer(order: ServerOrder, runner: AgentRunner): Promise<KeptServer> {
  const paths = serverPaths(order);
  let generation = Math.max(1, await newestGeneration(paths.folder));
  for (let isFirstLook = true; ; generation += 1, isFirstLook = false) {
    const isOld = (await readJson(paths.secret(generation))) !== undefined;
    const { password } = await claimSecret(paths.secret(generation));
    const handle = await start(order, generation, password, runner);
    const url = await waitUntilItListens(handle, order, paths.stateDirectory(generation), runner);
    if (url === undefined) {
      // One of before that has ended is no surprise; a new one that ends has a reason to tell.
      if (isOld && isFirstLook) continue;
      throw serverEndedAtStart(await runner.output(handle, 20));
    }
    const found = { url, password, generation, handle };
    if (await answers(found)) {
      await forgetOlder(paths.folder, generation);
      return found;
    }
    // It runs and does not answer any more: none of its sessions can go on there.
    await runner.stop(handle);
  }
}

/** The server as it is now, without starting one. Absent = none of that kind runs. */
export async function findServer(order: ServerOrder, runner: AgentRunner): Promise<KeptServer | undefined> {
  const paths = serverPaths(order);
  const generation = await newestGeneration(paths.folder);
  const secret = generation === 0 ? undefined : await readJson<ServerSecret>(paths.secret(generation));
  if (secret === undefined) return undefined;
  const handle = (await runner.discover({ stateRoot: paths.folder })).find(
    (one) => one.generation === generation,
  );
  const url = handle && addressIn(await runner.output(handle, 200));
  return handle === undefined || url === undefined
    ? undefined
    : { url, password: secret.password, generation, handle };
}

async function start(
  order: ServerOrder,
  generation: number,
  password: string,
  runner: AgentRunner,
): Promise<AgentHandle> {
  const paths = serverPaths(order);
  await placeShellPlugin(paths.plugin);
  const home = await makeHome(paths.home, order.environment);
  const configuration = withPlugin(order.configuration, paths.plugin);
  return runner.start({
    agentId: serverId,
    generation,
    role: "server",
    cwd: order.directory,
    command: [order.program, "serve", "--hostname=127.0.0.1", "--port=0"],
    standardInput: "",
    promptFile: join(order.directory, "none"),
    promptLine: "",
    environment: {
      ...order.environment,
      ...home,
      OPENCODE_CONFIG_CONTENT: JSON.stringify(configuration),
      OPENCODE_SERVER_PASSWORD: password,
      OPENCODE_DISABLE_AUTOUPDATE: "1",
      OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
      WIGGUM_OPENCODE_AGENTS: paths.agents,
    },
    stateDirectory: paths.stateDirectory(generation),
    inboxFile: join(order.directory, "none"),
    startTimeoutMs: order.startTimeoutMs,
  });
}

/** What the project says, with what it may not say otherwise: nothing is shared, nothing updates itself. */
function withPlugin(
  configuration: Readonly<Record<string, unknown>>,
  plugin: string,
): Record<string, unknown> {
  const { plugin: given } = configuration;
  const plugins = Array.isArray(given) ? given : [];
  return { ...configuration, plugin: [...plugins, plugin], share: "disabled", autoupdate: false };
}

/** Not asked anything before it says so: a request too early is accepted and never answered. Absent = it has ended. */
async function waitUntilItListens(
  handle: AgentHandle,
  order: ServerOrder,
  folder: string,
  runner: AgentRunner,
): Promise<string | undefined> {
  const giveUpAtMs = performance.now() + order.startTimeoutMs;
  for (;;) {
    const kind = (await runner.observe(handle))[0]?.fact.kind;
    if (kind === "exited" || kind === "lost") return undefined;
    const url = addressIn(await runner.output(handle, 200));
    if (url !== undefined) return url;
    if (performance.now() > giveUpAtMs) {
      await runner.stop(handle);
      throw serverNotReady(order.startTimeoutMs, folder);
    }
    await sleep(pollMs);
  }
}

function addressIn(output: string): string | undefined {
  return /listening on (http:\/\/\S+)/.exec(output)?.[1];
}

async function answers(server: KeptServer): Promise<boolean> {
  const connection = connect(server, "/");
  for (let look = 0; look < probes; look += 1) {
    const who = await connection.probe();
    if (who === "ours") return true;
    if (who === "foreign") throw wrongPassword(server.url);
    await sleep(pollMs * 4);
  }
  return false;
}

/** Of all that claim a number's secret at once the first one decides it. */
async function claimSecret(path: string): Promise<ServerSecret> {
  await mkdir(join(path, ".."), { recursive: true, mode: 0o700 });
  const secret: ServerSecret = { password: randomBytes(24).toString("base64url") };
  const draft = `${path}.${randomBytes(6).toString("hex")}`;
  await writeFile(draft, `${JSON.stringify(secret)}\n`, { mode: 0o600 });
  try {
    await link(draft, path);
    return secret;
  } catch (error) {
    const claimed = await readJson<ServerSecret>(path);
    if (claimed === undefined) throw error;
    return claimed;
  } finally {
    await rm(draft, { force: true });
  }
}

/** 0 = there was none yet. */
async function newestGeneration(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  const numbers = names.map((name) => /^(\d+)\.json$/.exec(name)?.[1]).map(Number);
  return Math.max(0, ...numbers.filter(Number.isSafeInteger));
}

async function forgetOlder(folder: string, generation: number): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const number = Number(/^(\d+)(\.json)?$/.exec(name)?.[1]);
    if (number <= generation - keptGenerations)
      await rm(join(folder, name), { recursive: true, force: true });
  }
}
