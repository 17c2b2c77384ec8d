// What somebody takes on who installs only the ticket layer.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { repository } from "./public-names.js";

const folder = join(repository, "packages", "ticket-core");

test("ticket-core: at most two dependencies, and less than a megabyte beside them", () => {
  const { dependencies } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  expect(Object.keys(dependencies ?? {}).length).toBeLessThanOrEqual(2);
  const packed = spawnSync("npm", ["pack", "--dry-run", "--json"], {
    cwd: folder,
    encoding: "utf8",
  });
  const [{ unpackedSize, files }] = JSON.parse(packed.stdout);
  expect(files.length).toBeGreaterThan(10);
  expect(unpackedSize).toBeLessThanOrEqual(1_000_000);
});
