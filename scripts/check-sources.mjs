// House rules that no linter knows: no file over 400 lines, no words that name what a reader cannot see.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], {
  encoding: "utf8",
})
  .split("\0")
  .filter((file) => file !== "");
const problems = [];
for (const file of files) {
  if (!/\.(ts|mts|js|mjs|cjs|md|json|yaml|yml|sh|toml|svg)$/.test(file) || file === "pnpm-lock.yaml")
    continue;
  let text;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    continue; // Deleted in the working tree.
  }
  const lines = text.split("\n");
  if (/\.(ts|mts|js|mjs|cjs)$/.test(file) && lines.length > 401)
    problems.push(`${file}: ${lines.length} lines, 400 is the limit`);
  if (file === "scripts/check-sources.mjs") continue;
  for (const [index, line] of lines.entries()) {
    if (/\b(TODO|FIXME|XXX)\b|\.only\(|\b(test|it|describe)\.skip\(/.test(line))
      problems.push(`${file}:${index + 1}: unfinished: ${line.trim()}`);
    if (/\/(home|root|Users)\/[a-z]+\//.test(line))
      problems.push(`${file}:${index + 1}: a path of one machine: ${line.trim()}`);
  }
}
for (const problem of problems) console.error(problem);
process.exit(problems.length === 0 ? 0 : 1);
