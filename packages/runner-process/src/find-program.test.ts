import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isWorkflowError } from "@wiggum/workflow";
import { describe, expect, onTestFinished, test } from "vitest";
import { findProgram } from "./find-program.js";

describe("findProgram", () => {
  test("finds by the order's PATH, relative entries seen from its folder, not-executable ones passed over", async () => {
    const root = await folder();
    await program(join(root, "first", "agent"), "#!/bin/sh\n", 0o644);
    await program(join(root, "second", "agent"), "#!/bin/sh\n");
    const find = (PATH: string) => findProgram({ command: ["agent"], environment: { PATH }, cwd: root });
    expect(await find(`${root}/none:${root}/first:${root}/second`)).toBe(`${root}/second/agent`);
    expect(await find("first:second")).toBe(`${root}/second/agent`);
    await expect(find(`${root}/first`)).rejects.toThrow("is not executable");
  });

  test("a path is seen from the order's folder; the environment of the caller does not count", async () => {
    const root = await folder();
    await program(join(root, "bin", "agent"), "binary");
    expect(await findProgram({ command: ["bin/agent"], environment: {}, cwd: root })).toBe(
      `${root}/bin/agent`,
    );
    await expect(findProgram({ command: ["node"], environment: { PATH: root } })).rejects.toThrow(
      "The agent command 'node' was not found in PATH",
    );
    expect(await findProgram({ command: ["sh"], environment: {} })).toMatch(/\/sh$/);
  });

  test("says what is wrong, with the command in data and control characters escaped", async () => {
    const root = await folder();
    await mkdir(join(root, "agent"));
    await program(join(root, "script"), "#!/no/such/interpreter -x\n");
    const refusal = async (name: string) => {
      const error: unknown = await findProgram({ command: [name], environment: {}, cwd: root }).catch(
        (e) => e,
      );
      if (!isWorkflowError(error, "AGENT_COMMAND_MISSING")) throw error;
      expect(error.data).toEqual({ command: name });
      expect(error.hint).toBeDefined();
      return error.message;
    };
    expect(await refusal("./agent")).toBe(`The agent command '${root}/agent' is no file`);
    expect(await refusal("./script")).toBe(
      `The agent command '${root}/script' needs the interpreter '/no/such/interpreter', which is not there`,
    );
    expect(await refusal("./a\u001b[31m")).toContain("./a\\u001b[31m");
    expect(await refusal("")).toBe("The agent command is empty");
  });
});

async function folder(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "wiggum-programs-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  return root;
}

async function program(path: string, text: string, mode = 0o755): Promise<void> {
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, text);
  await chmod(path, mode);
}
