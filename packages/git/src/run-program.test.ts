import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "./repository.fixture.js";
import { runProgram } from "./run-program.js";

const call = {
  cwd: undefined,
  env: { PATH: process.env["PATH"] ?? "" },
  input: undefined,
  timeoutMs: 60_000,
  maxBufferBytes: 1_000_000,
  abort: undefined,
};

describe("runProgram", () => {
  test("both outputs and the exit code, of a program that takes no input", async () => {
    const script = "printf out; printf err >&2; read line || exit 7";
    const ended = await runProgram("sh", ["-c", script], call);
    expect(ended).toMatchObject({ exitCode: 7, isTimeout: false, isTooLarge: false, error: undefined });
    expect([ended.stdout, ended.stderr].map((bytes) => Buffer.from(bytes).toString())).toEqual([
      "out",
      "err",
    ]);
  });

  test("input that nobody reads to its end is no failure", async () => {
    const ended = await runProgram("sh", ["-c", "exit 0"], { ...call, input: "x".repeat(10_000_000) });
    expect(ended.exitCode).toBe(0);
  });

  test("a program that a signal ended", async () => {
    const ended = await runProgram("sh", ["-c", "kill -9 $$"], call);
    expect(ended).toMatchObject({ exitCode: undefined, signal: "SIGKILL" });
  });

  test("what it left running does not keep the answer back", async () => {
    const script = "sleep 600 & echo $!; wait";
    const ended = await runProgram("sh", ["-c", script], { ...call, timeoutMs: 500 });
    expect(ended.isTimeout).toBe(true);
    process.kill(Number(Buffer.from(ended.stdout).toString()));
  }, 30_000);

  test("too much of either output ends it", async () => {
    for (const redirected of ["", ">&2"]) {
      const script = `while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx ${redirected}; done`;
      const ended = await runProgram("sh", ["-c", script], { ...call, maxBufferBytes: 10_000 });
      expect(ended.isTooLarge).toBe(true);
    }
  });

  test("a call that is cancelled while it runs ends with the reason", async () => {
    const abort = new AbortController();
    const ended = runProgram("sleep", ["600"], { ...call, abort: abort.signal });
    abort.abort(new Error("enough"));
    await expect(ended).rejects.toThrow("enough");
  });

  test("what cannot be started is an answer, too", async () => {
    expect((await runProgram("no-such-program-anywhere", [], call)).error).toMatchObject({ code: "ENOENT" });
    expect((await runProgram("sh", ["a\0b"], call)).error).toMatchObject({ code: "ERR_INVALID_ARG_VALUE" });
  });

  test("it ends with the process that asked", async () => {
    const folder = temporaryFolder();
    const [ready, gone] = [join(folder, "ready"), join(folder, "gone")];
    const waiting = `trap 'echo > "${gone}"; exit' TERM; echo > "${ready}"; while :; do sleep 0.05; done`;
    const script = `
      import { existsSync } from "node:fs";
      import { runProgram } from ${JSON.stringify(fileURLToPath(new URL("run-program.ts", import.meta.url)))};
      void runProgram("sh", ["-c", ${JSON.stringify(waiting)}], ${JSON.stringify(call)});
      setInterval(() => { if (existsSync(${JSON.stringify(ready)})) process.exit(0); }, 20);`;
    const starter = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: "inherit" });
    expect(await once(starter, "close")).toEqual([0, null]);
    await expect.poll(() => existsSync(gone), { timeout: 20_000 }).toBe(true);
  }, 60_000);
});
