// Runs a program in a process of its own, as the set-up of a worktree or the checks of a merge do: arguments are folder and shell script.
import { runProgram } from "../bounded-program.js";

const [cwd = "", script = ""] = process.argv.slice(2);
const environment = Object.fromEntries(
  Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
);
const end = await runProgram({ command: ["sh", "-c", script], cwd, environment, timeoutMs: 120_000 });
console.log(JSON.stringify(end));
