// Every promise that docs/promises.md calls kept must be named by a test (`// P12`).
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const promises = [
  ...readFileSync("docs/promises.md", "utf8").matchAll(/^\| (P\d+) \| .* \| (kept|planned) \|$/gm),
];
const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], {
  encoding: "utf8",
})
  .split("\0")
  .filter((file) => /\.test\.ts$|\/conformance\/.*\.ts$/.test(file));
const named = new Set();
for (const file of files) {
  for (const line of readFileSync(file, "utf8").split("\n")) {
    if (!line.includes("// P")) continue;
    for (const match of line.slice(line.indexOf("// P")).matchAll(/\bP\d+\b/g)) named.add(match[0]);
  }
}
const missing = promises.filter(([, number, status]) => status === "kept" && !named.has(number));
for (const [, number] of missing)
  console.error(`docs/promises.md: ${number} is called kept, but no test names it`);
const planned = promises.filter(([, , status]) => status === "planned").map(([, number]) => number);
console.log(`${promises.length - planned.length} kept, ${planned.length} planned (${planned.join(" ")})`);
process.exit(missing.length === 0 && promises.length > 0 ? 0 : 1);
