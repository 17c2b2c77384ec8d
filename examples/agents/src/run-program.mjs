import { spawnSync } from "node:child_process";

/** Runs a program and returns its exit code and output. Arguments never pass a shell. */
export function runProgram(program, args, { cwd } = {}) {
  const run = spawnSync(program, args, {
    encoding: "utf8",
    // No pipe for the input: to shut one down is a system call that Codex's sandbox forbids.
    stdio: ["ignore", "pipe", "pipe"],
    cwd,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (run.error) throw run.error;
  return { code: run.status ?? 1, out: run.stdout, err: run.stderr };
}

/** The `wiggum` command that this agent was given. */
export function wiggum(...args) {
  return runProgram(process.env.WIGGUM_BIN ?? "wiggum", args);
}

export function git(...args) {
  return runProgram("git", args);
}

/** Runs the project's own tests; the output is what the agent learns from. */
export function runTests() {
  const run = runProgram("npm", ["test", "--silent"]);
  return { passed: run.code === 0, output: run.out + run.err };
}

export function say(text) {
  console.log(`[${process.env.WIGGUM_AGENT_ID ?? "agent"}] ${text}`);
}

/** What a thinking agent costs in time; the demo sets it so that work overlaps. */
export async function think() {
  const milliseconds = Number(process.env.DEMO_THINK_MS ?? "0");
  if (milliseconds > 0) await new Promise((resolve) => setTimeout(resolve, milliseconds));
}
