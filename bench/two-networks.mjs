// Two hosts as far as a network can tell: two network namespaces with a cable between them, and an sshd on one end.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, copyFileSync, existsSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const sshd = "/usr/sbin/sshd";
export const address = "10.77.0.1";
const port = 2222;
/** Last argument of the program that runs in a network of its own. */
const ownNetwork = "--in-own-network";

/** Why two networks cannot be made here; `undefined` = they can. */
export function whyNoNetworks() {
  for (const program of [sshd, "/usr/bin/ssh-keygen"])
    if (!existsSync(program)) return `there is no ${program}`;
  const tried = spawnSync("unshare", ["-m", "-n", "ip", "link", "add", "type", "veth"], { encoding: "utf8" });
  if (tried.error !== undefined) return "there is no unshare";
  return tried.status === 0 ? undefined : `no network namespace can be made: ${tried.stderr.trim()}`;
}

/** The same program once more, in a network of its own. Its exit code. */
export function inOwnNetwork(program, args) {
  const setUp = 'mount -t tmpfs none /run && mkdir /run/sshd && ip link set lo up && exec "$0" "$@"';
  const run = spawnSync(
    "unshare",
    ["-m", "-n", "sh", "-c", setUp, process.execPath, program, ...args, ownNetwork],
    {
      stdio: "inherit",
    },
  );
  return run.status ?? 1;
}

export const isInOwnNetwork = process.argv.includes(ownNetwork);

/**
 * Makes the second network and the cable, and starts the server on our end. `within` goes in front of a command that is to run on the second
 * host; `ssh` is a `GIT_SSH_COMMAND` that reaches the server from both.
 */
export async function makeNetworks(folder) {
  const holder = spawn("unshare", ["-n", "sh", "-c", "echo made && exec cat"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await once(holder.stdout, "data");
  const within = ["nsenter", "-t", String(holder.pid), "-n", "--"];
  const run = (...words) => execFileSync(words[0], words.slice(1));
  run("ip", "link", "add", "near", "type", "veth", "peer", "name", "far", "netns", String(holder.pid));
  run("ip", "addr", "add", `${address}/24`, "dev", "near");
  run("ip", "link", "set", "near", "up");
  run(...within, "ip", "addr", "add", "10.77.0.2/24", "dev", "far");
  run(...within, "ip", "link", "set", "far", "up");
  const server = await startServer(folder);
  const key = join(folder, "user-key");
  return {
    within,
    ssh: `ssh -F /dev/null -i ${key} -o BatchMode=yes -o StrictHostKeyChecking=no -o LogLevel=ERROR -o UserKnownHostsFile=${join(folder, "known")}`,
    url: (path) => `ssh://${userInfo().username}@${address}:${port}${path}`,
    /** Round trips take twice this long from then on. @returns whether this kernel can do so */
    slow(delayMs) {
      const delay = ["qdisc", "add", "dev", "near", "root", "netem", "delay", `${delayMs}ms`];
      return spawnSync("tc", delay).status === 0;
    },
    close() {
      server.kill();
      holder.kill();
    },
  };
}

async function startServer(folder) {
  for (const name of ["host-key", "user-key"]) {
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, name)]);
  }
  const authorized = join(folder, "authorized_keys");
  copyFileSync(join(folder, "user-key.pub"), authorized);
  chmodSync(authorized, 0o600);
  const lines = [
    `Port ${port}`,
    `ListenAddress ${address}`,
    `HostKey ${join(folder, "host-key")}`,
    `AuthorizedKeysFile ${authorized}`,
    `PidFile ${join(folder, "sshd.pid")}`,
    "StrictModes no",
    "UsePAM no",
    "PermitRootLogin yes",
    "MaxStartups 100",
    "PasswordAuthentication no",
  ];
  writeFileSync(join(folder, "sshd_config"), `${lines.join("\n")}\n`);
  const server = spawn(sshd, ["-D", "-e", "-f", join(folder, "sshd_config")], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const said = createInterface(server.stderr);
  for await (const line of said) if (line.includes("Server listening")) break;
  server.stderr.resume();
  return server;
}
