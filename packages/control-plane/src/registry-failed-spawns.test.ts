import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { listFailedSpawns, recordFailedSpawn } from "./registry-failed-spawns.js";

const failed = {
  ...{ ticketId: "tk-1", role: "worker", state: "ready", enteredAtMs: 1, atMs: 2 },
  ...{ reason: "They do not go together", hasSession: false },
};
const commands = ["wiggum branch merge tk-2", "wiggum branch merge tk-3 --send-back"] as const;

test("what to type is kept with the failure, where something is known", () => {
  const database = new DatabaseSync(":memory:");
  recordFailedSpawn(database, failed);
  recordFailedSpawn(database, { ...failed, commands });
  expect(listFailedSpawns(database, "tk-1")).toEqual([failed, { ...failed, commands }]);
  database.close();
});

test("a registry of a version that kept no commands is read, and written on", () => {
  const database = new DatabaseSync(":memory:");
  database.exec(`CREATE TABLE failed_spawns (ticket_id TEXT NOT NULL, role TEXT NOT NULL, state TEXT NOT NULL,
    entered_at_ms INTEGER NOT NULL, at_ms INTEGER NOT NULL, reason TEXT NOT NULL, has_session INTEGER NOT NULL) STRICT`);
  database.exec(
    "INSERT INTO failed_spawns VALUES ('tk-1', 'worker', 'ready', 1, 2, 'They do not go together', 0)",
  );
  expect(listFailedSpawns(database, undefined)).toEqual([failed]);
  recordFailedSpawn(database, { ...failed, commands });
  expect(listFailedSpawns(database, undefined)).toEqual([failed, { ...failed, commands }]);
  database.close();
});
