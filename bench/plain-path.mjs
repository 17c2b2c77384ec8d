// What a ticket command would do without Wiggum: pull, change a file, commit, push, and all of it again when somebody else was first.
// Words: the clone, the file in it, a line to be added.
import { spawnSync } from "node:child_process";
import { appendFileSync } from "node:fs";
import { join } from "node:path";

const [clone, file, line] = process.argv.slice(2);
const identity = ["-c", "user.name=t", "-c", "user.email=t@localhost"];
const git = (...args) => spawnSync("git", [...identity, ...args], { cwd: clone, encoding: "utf8" });

let answer = git("pull", "-q", "--rebase");
appendFileSync(join(clone, file), `${line}\n`);
answer = git("commit", "-q", "-m", "Change", "--", file);
if (answer.status !== 0) throw new Error(answer.stderr);
for (let attempt = 0; ; attempt += 1) {
  answer = git("push", "-q", "origin", "HEAD:main");
  if (answer.status === 0) break;
  if (attempt === 1_000) throw new Error(answer.stderr);
  answer = git("pull", "-q", "--rebase");
  if (answer.status !== 0 && /CONFLICT/.test(answer.stdout)) throw new Error(answer.stdout);
}
