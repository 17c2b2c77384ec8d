// Real servers of git on 127.0.0.1, and a line to them that can be slow, silent or cut.
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createConnection, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";

/** Ports below the ephemeral ones, so that nobody is given ours meanwhile. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

function endWithTest(child: ChildProcess): void {
  onTestFinished(() => void child.kill("SIGKILL"));
}

/** `git daemon` that may be pushed to; answers its port. `git://127.0.0.1:<port>/<path below folder>`. */
export async function gitDaemon(folder: string): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const args = ["daemon", "--reuseaddr", "--verbose", "--export-all", "--enable=receive-pack"];
    const child = spawn("git", [...args, `--base-path=${folder}`, "--listen=127.0.0.1", `--port=${port}`], {
      stdio: ["ignore", "ignore", "pipe"],
      // Its servers are processes of their own and end with their connections.
      detached: true,
    });
    onTestFinished(() => {
      try {
        process.kill(-(child.pid ?? 0), "SIGKILL");
      } catch {
        // It has ended.
      }
    });
    for await (const line of createInterface(child.stderr)) {
      if (line.includes("Ready to rumble")) {
        child.stderr.resume();
        return port;
      }
    }
    if (attempt === 3) throw new Error("git daemon does not start");
  }
}

/** `git http-backend` behind a small server, until the test ends; answers its port. */
export async function gitHttp(folder: string): Promise<number> {
  const { port, close } = await startGitHttp(folder);
  onTestFinished(close);
  return port;
}

/** The same, until it is closed. */
export async function startGitHttp(
  folder: string,
): Promise<{ readonly port: number; readonly close: () => void }> {
  const program = join(execFileSync("git", ["--exec-path"], { encoding: "utf8" }).trim(), "git-http-backend");
  const server = createHttpServer((request, response) => {
    const [path = "", query = ""] = (request.url ?? "").split("?");
    const child = spawn(program, {
      env: {
        PATH: process.env["PATH"],
        GIT_PROJECT_ROOT: folder,
        GIT_HTTP_EXPORT_ALL: "1",
        PATH_INFO: decodeURIComponent(path),
        QUERY_STRING: query,
        REQUEST_METHOD: request.method ?? "GET",
        CONTENT_TYPE: request.headers["content-type"] ?? "",
        HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
        ...(request.headers["content-length"] === undefined
          ? {}
          : { CONTENT_LENGTH: request.headers["content-length"] }),
        GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
        REMOTE_USER: "pat",
      },
      stdio: ["pipe", "pipe", "inherit"],
    });
    request.pipe(child.stdin);
    child.stdin.on("error", () => {});
    const parts: Buffer[] = [];
    child.stdout.on("data", (part: Buffer) => parts.push(part));
    child.on("close", () => {
      const output = Buffer.concat(parts);
      const end = output.indexOf("\r\n\r\n");
      let status = 200;
      for (const line of output.toString("latin1", 0, end).split("\r\n")) {
        const [name = "", value = ""] = line.split(/: (.*)/s);
        if (name === "Status") status = Number.parseInt(value, 10);
        else response.setHeader(name, value);
      }
      response.writeHead(status).end(output.subarray(end + 4));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** What a line does with a piece of data before it is passed on; `cut` ends both sides at once. */
export interface Line {
  readonly port: number;
  /** Nothing gets through, either way, until it is let go again. */
  hold(): void;
  letGo(): void;
  /** The next answer to a push that the server has taken is swallowed, and the line is cut. */
  cutNextPush(): void;
  /** How often it was cut. */
  cuts(): number;
  /** Connections so far. */
  connections(): number;
}

/** A line to `port`, `delayMs` each way. */
export async function lineTo(port: number, delayMs = 0): Promise<Line> {
  const sockets = new Set<Socket>();
  let [isHeld, isCutting, cuts, connections] = [false, false, 0, 0];
  let waiting: (() => void)[] = [];
  const pass = (work: () => void) => {
    const go = () => (delayMs === 0 ? work() : setTimeout(work, delayMs));
    if (isHeld) waiting.push(go);
    else go();
  };
  const server = createServer((near) => {
    connections += 1;
    const far = createConnection(port, "127.0.0.1");
    let hasPack = false;
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => sockets.delete(socket));
    }
    near.on("data", (data: Buffer) => {
      if (data.includes("PACK")) hasPack = true;
      pass(() => far.write(data));
    });
    far.on("data", (data: Buffer) => {
      // What the server says after it had the pack is that it took it.
      if (isCutting && hasPack) {
        isCutting = false;
        cuts += 1;
        far.once("close", () => near.destroy());
        far.removeAllListeners("data");
        far.on("data", () => {});
        return;
      }
      pass(() => near.write(data));
    });
    near.on("end", () => pass(() => far.end()));
    far.on("end", () => pass(() => near.end()));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    port: (server.address() as AddressInfo).port,
    hold() {
      isHeld = true;
    },
    letGo() {
      isHeld = false;
      const now = waiting;
      waiting = [];
      for (const go of now) go();
    },
    cutNextPush() {
      isCutting = true;
    },
    cuts: () => cuts,
    connections: () => connections,
  };
}

const sshd = "/usr/sbin/sshd";

const separation = "/run/sshd";
/** Where the folder that sshd insists on is missing, it is made in a mount namespace of its own. */
const inNamespace = ["-m", "sh", "-c", `mount -t tmpfs none /run && mkdir ${separation} && exec "$0" "$@"`];

function canUnshare(): boolean {
  return spawnSync("unshare", ["-m", "mount", "-t", "tmpfs", "none", "/run"]).status === 0;
}

/** Can a server of ssh be run here? */
export const hasSshd: boolean =
  existsSync(sshd) && existsSync("/usr/bin/ssh-keygen") && (existsSync(separation) || canUnshare());

/** A real sshd for this user with a key of its own; answers the `GIT_SSH_COMMAND` that reaches it and its port. */
export async function sshServer(
  folder: string,
): Promise<{ readonly port: number; readonly command: string }> {
  const port = await freePort();
  const keygen = (name: string) =>
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, name)]);
  keygen("host-key");
  keygen("user-key");
  const authorized = join(folder, "authorized_keys");
  writeFileSync(authorized, execFileSync("cat", [join(folder, "user-key.pub")]));
  chmodSync(authorized, 0o600);
  const config = [
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    `HostKey ${join(folder, "host-key")}`,
    `AuthorizedKeysFile ${authorized}`,
    `PidFile ${join(folder, "sshd.pid")}`,
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "StrictModes no",
    "UsePAM no",
    "PermitRootLogin yes",
  ];
  const path = join(folder, "sshd_config");
  writeFileSync(path, `${config.join("\n")}\n`);
  const server = [sshd, "-D", "-e", "-f", path];
  const [program = sshd, ...args] = existsSync(separation) ? server : ["unshare", ...inNamespace, ...server];
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"] });
  endWithTest(child);
  for await (const line of createInterface(child.stderr)) if (line.includes("Server listening")) break;
  child.stderr.resume();
  const options = [
    "BatchMode=yes",
    "StrictHostKeyChecking=no",
    `UserKnownHostsFile=${join(folder, "known")}`,
  ];
  const command = `ssh -F /dev/null -i ${join(folder, "user-key")} ${options.map((each) => `-o ${each}`).join(" ")}`;
  return { port, command };
}
