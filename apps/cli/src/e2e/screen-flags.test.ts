// Global flags in both places, and what is said about a flag that there is not.
import { afterAll, beforeAll, expect, test } from "vitest";
import { createRepository, type Repository } from "./built-wiggum.js";

let repository: Repository;
let id: string;
beforeAll(async () => {
  repository = await createRepository();
  id = await repository.succeed(["ticket", "create", "First"]);
});
afterAll(() => repository.remove());

test.each([
  { before: ["--quiet"], after: ["--quiet"] },
  { before: ["--verbose"], after: ["--verbose"] },
  { before: ["--json"], after: ["--json"] },
  { before: ["--session", "other"], after: ["--session=other"] },
  { before: ["--quiet=true"], after: ["--quiet=true"] },
  { before: ["--quiet=false"], after: ["--quiet=false"] },
])("$before before, between and after the words of a command: the same", async ({ before, after }) => {
  const places = [
    [...before, "ticket", "show", id],
    ["ticket", ...before, "show", id],
    ["ticket", "show", ...after, id],
    ["ticket", "show", id, ...after],
  ];
  const runs = await Promise.all(places.map((typed) => repository.wiggum(typed)));
  expect(runs[0]?.exitCode).toBe(0);
  for (const ran of runs) expect(ran).toEqual(runs[0]);
});

test("what each does, wherever it stands", async () => {
  const say = async (...typed: string[]) => (await repository.wiggum(typed)).stderr;
  for (const typed of [
    ["--quiet", "ticket", "assign", id, "worker-7"],
    ["ticket", "assign", id, "worker-8", "--quiet"],
  ])
    expect(await say(...typed)).toBe("");
  expect(await say("ticket", "assign", id, "worker-9")).toContain("[ok] Assigned worker-9");
  for (const typed of [
    ["--verbose", "ticket", "list"],
    ["ticket", "list", "--verbose"],
  ])
    expect(await say(...typed)).toContain("[debug] project ");
  for (const typed of [
    ["--session", "mine", "status"],
    ["status", "--session", "mine"],
  ])
    expect(await repository.succeed(typed)).toContain("SESSION: mine\n");
});

test("a command's own flag of that name wins: status --verbose tells more, and says nothing on standard error", async () => {
  for (const flag of ["--verbose", "-v"]) {
    const own = await repository.wiggum(["status", flag]);
    expect(own).toMatchObject({ exitCode: 0, stderr: "" });
    expect(own.stdout).toContain("READY TICKETS:");
  }
  const global = await repository.wiggum(["--verbose", "status"]);
  expect(global.stderr).toContain("[debug] project ");
  expect(global.stdout).not.toContain("READY TICKETS:");
});

test.each([
  { typed: ["--quite", "ticket", "list"], named: "--quite", near: "wiggum --quiet" },
  { typed: ["ticket", "--sesion=x", "list"], named: "--sesion=x", near: "wiggum ticket --session" },
  { typed: ["ticket", "list", "--quite"], named: "--quite", near: "--quiet" },
  { typed: ["ticket", "list", "--stat", "ready"], named: "--stat", near: "--state" },
  { typed: ["list", "--foramt=ids"], named: "--foramt", near: "--format" },
  { typed: ["--nothing-like-it", "list"], named: "--nothing-like-it", near: undefined },
  { typed: ["ticket", "list", "--nothing-like-it"], named: "--nothing-like-it", near: undefined },
  { typed: ["ticket", "show", "tk-1", "-x"], named: "-x", near: undefined },
])("$typed: exit 2, named, and what was meant: $near", async ({ typed, named, near }) => {
  const ran = await repository.wiggum(typed);
  expect(ran).toMatchObject({ exitCode: 2, stdout: "" });
  expect(ran.stderr).toContain(`[error] Unknown flag: ${named}\n`);
  const hint = /next: (.*)/.exec(ran.stderr)?.[1] ?? "";
  if (near === undefined) expect(hint).toContain("--help' ");
  else expect(hint).toMatch(new RegExp(`^Did you mean:? ${near}\\?$`));
});
