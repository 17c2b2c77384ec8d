import { spawnSync } from "node:child_process";

/** The caller's environment without what would tell a program of the project that this script runs in. */
export const plainEnvironment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(WIGGUM|GIT)_|^npm_|^TMUX/.test(name)),
);

export function run(cwd, program, args, environment = plainEnvironment) {
  const result = spawnSync(program, args, { cwd, encoding: "utf8", env: environment, timeout: 180_000 });
  if (result.error) throw result.error;
  return result;
}

export function outputOf({ status, stdout, stderr }) {
  return `exit ${status}\n${stdout}${stderr}`;
}
