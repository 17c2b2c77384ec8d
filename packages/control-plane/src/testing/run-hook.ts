// Runs one before-hook in a process of its own, as a command does: arguments are the project root and the hook's name.
import { join } from "node:path";
import { createHookRunner } from "../hook-runner.js";
import { type ProjectRoot, projectPaths, worktreePaths } from "../project-paths.js";
import { call, exitCodes, record } from "./hook-fixture.js";

const [root = "", name = ""] = process.argv.slice(2);
const paths = projectPaths(root as ProjectRoot);
const worktree = join(paths.worktreesDirectory, "worker-0");

const result = await createHookRunner({
  paths,
  defaultsDirectory: "/nowhere",
  contextRoot: worktree,
  viewFolder: worktreePaths(worktree).ticketView,
  session: "test",
  wiggumProgram: "/nowhere/wiggum",
  exitCodes,
  environment: process.env,
  readTicket: async () => record(),
  ticketPath: (view, id) => join(view, `${id}.md`),
}).run(call({ name, timeoutMs: 120_000 }));
console.log(JSON.stringify(result));
