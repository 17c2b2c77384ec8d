import { GitError } from "@wiggum/git";
import { TicketError } from "@wiggum/ticket-core";
import { WorkflowError } from "@wiggum/workflow";
import { expect, test } from "vitest";
import { explain } from "./failure.js";

const system = (code: string, path?: string) =>
  Object.assign(new Error(`${code}: said the system, write`), {
    code,
    syscall: "write",
    ...(path ? { path } : {}),
  });
const git = (stderr: string) =>
  new GitError("GIT_FAILED", `git fetch failed with exit code 128: ${stderr}`, {
    args: ["fetch"],
    exitCode: 128,
    stderr,
  });

// P13
test.each([
  ["the system", system("ENOSPC", "/project/.wiggum/state")],
  ["the system, a quota", system("EDQUOT", "/project/.wiggum/state")],
  [
    "SQLite",
    Object.assign(new Error("database or disk is full"), { errcode: 13, path: "/project/.wiggum/state" }),
  ],
  [
    "what it was the cause of",
    new WorkflowError(
      "RUNNER_FAILED",
      "could not be started",
      { runner: "process" },
      { cause: system("ENOSPC", "/project/.wiggum/state") },
    ),
  ],
])("a full disk is one error, told by %s", (_name, error) => {
  const failure = explain(error);
  expect(failure).toMatchObject({ code: "DISK_FULL", exitCode: 1, message: "The disk is full", details: [] });
  expect(failure.hint).toMatch(/^Free space at \/project\/\.wiggum\/state, then try again\./);
  expect(failure.stack).toBeUndefined();
});

test("what git said is not passed on, and no git command line", () => {
  for (const [stderr, code] of [
    ["fatal: unable to write loose object file: No space left on device", "DISK_FULL"],
    ["error: unable to create temporary file: Read-only file system", "NOT_WRITABLE"],
  ] as const) {
    const { message, details, hint, ...failure } = explain(git(stderr));
    expect(failure.code).toBe(code);
    expect([message, ...details, hint].join(" ")).not.toMatch(/exit code|git |fatal|loose/);
  }
});

test("a read-only file system is a sentence, and no defect", () => {
  expect(explain(system("EROFS", "/project/.wiggum/owners"))).toMatchObject({
    code: "NOT_WRITABLE",
    message: "/project/.wiggum/owners cannot be written: the file system is read-only",
  });
});

test("errors that say more keep their own words", () => {
  const cause = system("ENOSPC");
  const unknown = new TicketError("COMMIT_UNKNOWN", "It is not known", { operationId: "op" }, { cause });
  expect(explain(unknown).code).toBe("COMMIT_UNKNOWN");
  const full = new TicketError(
    "DISK_FULL",
    "The disk is full: nothing was written",
    { path: "/x" },
    { hint: "h", cause },
  );
  expect(explain(full)).toMatchObject({ message: "The disk is full: nothing was written", hint: "h" });
  expect(explain(git("fatal: bad object")).code).toBe("GIT_FAILED");
});
