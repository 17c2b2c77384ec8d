// The end of agents and what is kept of their work, by the built program with real processes.
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, onTestFinished, test } from "vitest";
import { createRepository, type Repository } from "./built-wiggum.js";
import { eventually } from "./eventually.js";

let repository: Repository;
afterEach(() => repository.remove());

/** An agent that runs a child without any of its variables in a session of its own, whose starter is gone at once. */
const agentWithBareChild = `
(env -i setsid sh -c 'echo $$ > ../../bare; exec sleep 600' </dev/null >/dev/null 2>&1 &)
while :; do sleep 1; done
`;

async function started(agent?: string) {
  repository = await createRepository(agent === undefined ? {} : { agent });
  const id = await repository.succeed(["ticket", "create", "Something"]);
  const agentId = await repository.succeed(["spawn", "worker", id]);
  return { id, agentId, worktree: join(repository.root, "worktrees", agentId) };
}

function isThere(pid: number): boolean {
  try {
    return !/^[ZX]/.test(readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /s, ""));
  } catch {
    return false;
  }
}

/** A number that somebody writes into a file of the project. */
function numberIn(name: string): Promise<number> {
  return eventually(name, async () => {
    const path = join(repository.root, name);
    const text = existsSync(path) ? readFileSync(path, "utf8") : "";
    return text.endsWith("\n") && Number(text);
  });
}

describe("kill", () => {
  // P36
  test("ends a child that cleared its environment, made its own session and lost its parent", async () => {
    const { agentId, worktree } = await started(agentWithBareChild);
    const bare = await numberIn("bare");
    expect(isThere(bare)).toBe(true);
    const killed = await repository.wiggum(["kill", agentId]);
    expect(killed).toMatchObject({ exitCode: 0, stderr: `[ok] Killed ${agentId}\n` });
    expect(isThere(bare)).toBe(false);
    expect(existsSync(worktree)).toBe(false);
  });

  // P24, P36
  test.each([{ flags: [] }, { flags: ["--force"] }])(
    "a foreign process in the worktree: exit 1 with its number, nothing removed, no success claimed: $flags",
    async ({ flags }) => {
      const { agentId, worktree } = await started();
      writeFileSync(join(worktree, "precious.txt"), "precious\n");
      const shell = spawn("sleep", ["600"], { cwd: worktree, env: repository.environment, stdio: "ignore" });
      onTestFinished(() => void shell.kill("SIGKILL"));
      const killed = await repository.wiggum(["kill", agentId, ...flags]);
      expect(killed).toMatchObject({ exitCode: 1, stdout: "" });
      expect(killed.stderr).toContain(`process ${shell.pid} (sleep 600) works in it`);
      expect(killed.stderr).toContain(
        `run 'wiggum kill ${agentId}${flags.length > 0 ? " --force" : ""}' again`,
      );
      expect(killed.stderr).not.toContain("[ok]");
      expect(killed.stderr.includes("wiggum salvage restore")).toBe(flags.length > 0);
      expect(readFileSync(join(worktree, "precious.txt"), "utf8")).toBe("precious\n");
      expect(shell.signalCode).toBeNull();
      const gone = new Promise((resolve) => shell.once("exit", resolve));
      shell.kill("SIGKILL");
      await gone;
      const again = await repository.wiggum(["kill", agentId, "--force"]);
      expect(again.stderr).toContain(`[ok] Killed ${agentId}\n`);
      expect(existsSync(worktree)).toBe(false);
    },
  );

  // P24
  test("files whose names are no text are salvaged, removed and restored with the same names and bytes", async () => {
    const { agentId, worktree } = await started();
    const name = Buffer.from("caf\xe9 \xff.txt", "latin1");
    writeFileSync(Buffer.concat([Buffer.from(`${worktree}/`), name]), "precious\n");
    const kept = await repository.wiggum(["kill", agentId]);
    expect(kept.exitCode).toBe(0);
    expect(kept.stderr).toContain("uncommitted: caf\\xe9 \\xff.txt");
    expect(existsSync(worktree)).toBe(true);
    const forced = await repository.wiggum(["kill", agentId, "--force"]);
    expect(forced).toMatchObject({ exitCode: 0, stdout: "" });
    expect(existsSync(worktree)).toBe(false);
    expect(await repository.succeed(["salvage", "list"])).toContain("caf\\xe9 \\xff.txt");
    const [entry] = await repository.json<{ name: string; files: string[] }[]>(["salvage", "list"]);
    expect(entry?.files).toEqual(["caf\udce9 \udcff.txt"]);
    await repository.succeed(["salvage", "restore", entry?.name ?? "", "--into", "rescued"]);
    const rescued = join(repository.root, "rescued");
    const restored = readdirSync(rescued, { encoding: "buffer" }).find((found) => found.equals(name));
    expect(restored).toBeDefined();
    expect(readFileSync(Buffer.concat([Buffer.from(`${rescued}/`), name]), "utf8")).toBe("precious\n");
  });
});

test("teardown: a process in a worktree is told once, with its agent", async () => {
  const { agentId, worktree } = await started();
  const shell = spawn("sleep", ["600"], { cwd: worktree, env: repository.environment, stdio: "ignore" });
  onTestFinished(() => void shell.kill("SIGKILL"));
  const { exitCode, stderr } = await repository.wiggum(["teardown"]);
  expect(exitCode).toBe(1);
  expect(stderr.split(`process ${shell.pid} (sleep 600) works in it`)).toHaveLength(2);
  expect(stderr).toMatch(
    new RegExp(`^\\[error\\] All agents have ended, but .+\\n {8}${agentId}: The worktree `, "m"),
  );
});

// P28
test("what is left of an ended agent is told to stop with exit 10, wherever it stands, also where its worktree was", async () => {
  const { id, agentId, worktree } = await started();
  const identity = { WIGGUM_AGENT_ID: agentId, WIGGUM_GENERATION: "1" };
  const typed = ["ticket", "transition", id, "review"];
  // The session goes on: who only claims to be it, and stands elsewhere, is a contradiction.
  expect((await repository.wiggum(typed, { environment: identity })).exitCode).toBe(1);
  const leftOvers = [identity, {}].map((environment) => leftOver(worktree, typed, environment));
  await repository.wiggum(["kill", agentId, "--release"]);
  rmSync(worktree, { recursive: true });
  const before = await repository.json(["ticket", "show", id]);
  for (const { goOn } of leftOvers) {
    const { code, said } = await goOn();
    expect(said).toContain(`${agentId} was ended: stop working`);
    expect(code).toBe(10);
  }
  expect((await repository.wiggum(typed, { environment: identity })).exitCode).toBe(10);
  expect(await repository.json(["ticket", "show", id])).toEqual(before);
});

/** A shell that stands in the folder and types the command when it is told to. No process of the agent's, which a kill would end. */
function leftOver(folder: string, typed: readonly string[], environment: Readonly<Record<string, string>>) {
  const script = 'read line; exec "$@"';
  const child = spawn("sh", ["-c", script, "sh", join(repository.programs, "wiggum"), ...typed], {
    cwd: folder,
    env: { ...repository.environment, ...environment },
    stdio: ["pipe", "ignore", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let said = "";
  child.stderr.on("data", (part: Buffer) => {
    said += part.toString();
  });
  const goOn = async () => {
    child.stdin.end("go\n");
    const code = await new Promise((resolve) => child.once("close", resolve));
    return { code, said };
  };
  return { goOn };
}

test("a worktree that somebody removed under its agent is a finding with the way on", async () => {
  const { id, agentId, worktree } = await started();
  rmSync(worktree, { recursive: true });
  const doctor = await repository.wiggum(["doctor"]);
  expect(doctor.exitCode).toBe(1);
  expect(doctor.stdout).toContain("WORKTREE_GONE");
  expect(doctor.stdout).toContain(`'wiggum kill ${agentId}', then 'wiggum spawn worker ${id}'`);
});

test("a spawn that fails says so, and nothing of what it took back itself", async () => {
  repository = await createRepository({ agent: "echo no licence >&2; exit 3" });
  const id = await repository.succeed(["ticket", "create", "Something"]);
  const spawned = await repository.wiggum(["spawn", "worker", id]);
  expect(spawned.exitCode).toBe(1);
  expect(spawned.stderr).toContain("no licence");
  expect(spawned.stderr).not.toContain("in-progress → ready");
  expect(spawned.stderr.split("\n").filter((line) => line.startsWith("["))).toHaveLength(1);
});

test("salvage drop takes nothing but the whole name", async () => {
  const { agentId, worktree } = await started();
  writeFileSync(join(worktree, "precious.txt"), "precious\n");
  await repository.succeed(["kill", agentId, "--force"]);
  const [entry] = await repository.json<{ name: string }[]>(["salvage", "list"]);
  const name = entry?.name ?? "";
  for (const part of [agentId, name.slice(0, -1), name.slice(-6)]) {
    const refused = await repository.wiggum(["salvage", "drop", part]);
    expect(refused).toMatchObject({ exitCode: 2, stdout: "" });
    expect(refused.stderr).toContain(`there is: ${name}`);
  }
  await repository.succeed(["salvage", "drop", name]);
  expect(await repository.json(["salvage", "list"])).toEqual([]);
});
