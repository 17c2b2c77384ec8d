// What the documents say is not there must not be there.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const textOf = (path: string) =>
  readFileSync(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), "utf8");
const { bin } = JSON.parse(textOf("apps/cli/package.json")) as { bin: Readonly<Record<string, string>> };
const isThere = (path: string) => existsSync(new URL(`../../../${path}`, import.meta.url));

test("no program and no kind of store that this repository has is called missing", () => {
  const [missing = ""] = textOf("docs/out-of-scope.md").split("## Never");
  const rows = missing.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| |"));
  expect(rows.length).toBeGreaterThan(3);
  for (const name of Object.keys(bin))
    expect(rows.filter((row) => row.split("|")[1]?.includes(`\`${name}\``))).toEqual([]);
  expect(isThere("packages/ticket-backend-files/package.json")).toBe(true);
  expect(rows.join("\n")).not.toMatch(/tickets\.git` only|`TicketBackend` is the place for others/);
  // Writes are made in process: docs/decisions/0012-objects-in-process.md.
  expect(isThere("packages/ticket-backend-git/src/in-process")).toBe(true);
  expect(rows.join("\n")).not.toMatch(
    /starts some git processes|one writing machine|nothing brings changes back/,
  );
  expect(isThere("packages/runner-opencode/package.json")).toBe(true);
  expect(rows.join("\n")).not.toMatch(/OpenCode sessions on a shared server/);
  expect(textOf("packages/control-plane/src/budget-schema.ts")).toMatch(/\bday\b/);
  expect(rows.join("\n")).not.toMatch(/budgets|rate limits/i);
});

test("a store that other hosts exchange tickets with is not said to be alone", () => {
  expect(textOf("packages/ticket-backend-git/src/index.ts")).toMatch(/\bcloneStore\b[\s\S]*\bcreateUplink\b/);
  for (const path of ["README.md", "packages/ticket-backend-git/README.md"])
    expect(textOf(path)).not.toMatch(/not synchronised|there is no\s+remote|One machine writes to a/);
  expect(textOf("README.md")).toContain("](docs/remotes.md)");
});
