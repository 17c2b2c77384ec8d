// The packed command in repositories of its own.
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { outputOf, plainEnvironment, run } from "./run.mjs";

/** Answers what is wrong with the command on this Node. `example` is that of its README. */
export function tryCommand(home, which, node, example) {
  const programs = join(home, `bin-${which}`);
  mkdirSync(programs);
  symlinkSync(node, join(programs, "node"));
  const environment = {
    ...plainEnvironment,
    PATH: [programs, join(home, "node_modules", ".bin"), plainEnvironment.PATH].join(delimiter),
  };
  const problems = [];
  const version = run(home, "wiggum", ["--version"], environment);
  if (version.status !== 0 || version.stderr !== "" || !/^wiggum v\d+\.\d+\.\d+\n$/.test(version.stdout)) {
    problems.push(`wiggum --version on the ${which} Node: ${outputOf(version)}`);
  }
  const packed = makeRepository(home, `project ${which}`, environment);
  run(packed, "wiggum", ["init", "--agent", "true"], environment);
  const made = run(packed, "wiggum", ["--quiet", "ticket", "create", "packed"], environment);
  const ready = run(packed, "wiggum", ["ticket", "ready"], environment);
  if (ready.status !== 0 || ready.stdout !== made.stdout || ready.stderr !== "") {
    problems.push(`wiggum on the ${which} Node: ${outputOf(made)}${outputOf(ready)}`);
  }
  const page = run(packed, "wiggum", ["help", "ticket-types"], environment);
  if (page.status !== 0 || page.stderr !== "" || !page.stdout.includes("schemaVersion")) {
    problems.push(`wiggum help ticket-types on the ${which} Node: ${outputOf(page)}`);
  }
  const worked = run(packed, "wiggum", ["run", "--once"], environment);
  if (worked.status !== 0) problems.push(`wiggum run on the ${which} Node: ${outputOf(worked)}`);
  // Everything that reads the databases of agents and hooks.
  for (const words of [
    ["status", "--verbose"],
    ["list"],
    ["hook", "pending"],
    ["doctor"],
    ["run", "--dry-run"],
  ]) {
    const look = run(packed, "wiggum", words, environment);
    if (look.status !== 0) problems.push(`wiggum ${words.join(" ")} on the ${which} Node: ${outputOf(look)}`);
  }
  return [
    ...problems,
    ...tryExample(makeRepository(home, `readme ${which}`, environment), which, example, environment),
  ];
}

/** The lines of the README's example, in a fresh repository with a commit; the first that fails ends them. */
function tryExample(repository, which, { code }, environment) {
  const script = join(repository, ".git", "example.sh");
  writeFileSync(script, code);
  chmodSync(script, 0o755);
  const result = run(repository, "sh", ["-eu", script], environment);
  return result.status === 0 ? [] : [`README of the command on the ${which} Node: ${outputOf(result)}`];
}

function makeRepository(home, name, environment) {
  const folder = join(home, name);
  mkdirSync(folder);
  const identity = ["-c", "user.name=Ann", "-c", "user.email=ann@example.com"];
  run(folder, "git", ["init", "--quiet", "--initial-branch", "main"], environment);
  run(folder, "git", [...identity, "commit", "--quiet", "--allow-empty", "--message", "Begin"], environment);
  return folder;
}
