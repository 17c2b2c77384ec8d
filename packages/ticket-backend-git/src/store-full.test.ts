import { GitError } from "@wiggum/git";
import { TicketError } from "@wiggum/ticket-core";
import { expect, test } from "vitest";
import { explainingFull } from "./store-full.js";

const stderr = "fatal: unable to write loose object file: No space left on device";
const full = new GitError("GIT_FAILED", `git hash-object failed with exit code 128: ${stderr}`, {
  args: ["hash-object", "-w", "--stdin"],
  exitCode: 128,
  stderr,
});
const failing = (error: unknown) =>
  explainingFull("/project/tickets.git", async () => {
    throw error;
  });

// P13
test("a full disk is one sentence with the next step, whoever noticed it", async () => {
  const told = {
    code: "DISK_FULL",
    message: "The disk is full: nothing was written",
    hint: "Free space at /project/tickets.git, then try again.",
    data: { path: "/project/tickets.git" },
  };
  await expect(failing(full)).rejects.toMatchObject(told);
  await expect(failing(Object.assign(new Error("write"), { code: "EDQUOT" }))).rejects.toMatchObject(told);
  const locked = new TicketError(
    "STORE_BROKEN",
    "The lock file is not usable",
    { path: "x" },
    { cause: full },
  );
  await expect(failing(locked)).rejects.toMatchObject(told);
});

test("what is known about the outcome is not overwritten, and other failures stay as they are", async () => {
  const unknown = new TicketError("COMMIT_UNKNOWN", "x", { operationId: "op" }, { cause: full });
  await expect(failing(unknown)).rejects.toBe(unknown);
  const defect = new TypeError("x");
  await expect(failing(defect)).rejects.toBe(defect);
  const broken = new TicketError("STORE_BROKEN", "x", { path: "x" });
  await expect(failing(broken)).rejects.toBe(broken);
});
