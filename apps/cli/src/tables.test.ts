// Whatever ids, names and states are long: every column of a list begins in one place.
import { expect, test } from "vitest";
import { runWithFakes } from "./testing/fake-host.js";

/** Where each heading begins, and the cells that begin there. */
function cellsBelow(text: string, headings: readonly string[]): readonly (readonly string[])[] {
  const lines = text.split("\n").filter((line) => line !== "" && !/^-+$/.test(line));
  const [header = "", ...rows] = lines;
  const starts = headings.map((heading) => header.indexOf(heading));
  return rows.map((row) => starts.map((start, index) => row.slice(start, starts[index + 1]).trimEnd()));
}

test("hook pending", async () => {
  const rows = [
    {
      eventId: "01M7YEJHFS14XVH84X5ERG1ANK:tk-7e41aabb",
      hook: "on-review-done-and-then-some",
      ticketId: "tk-7e41aabb",
      status: "failed",
      attempts: 3,
      from: "ready",
      to: "in-progress",
    },
    { eventId: "01M:tk-1", hook: "a", ticketId: "tk-1", status: "parked", attempts: 11, from: "x", to: "y" },
  ];
  const ran = await runWithFakes(["hook", "pending"], { project: { hooks: { pending: async () => rows } } });
  expect(ran.exitCode).toBe(0);
  expect(cellsBelow(ran.stdout, ["EVENT", "HOOK", "TICKET", "STATUS", "ATTEMPTS", "TRANSITION"])).toEqual([
    [
      "01M7YEJHFS14XVH84X5ERG1ANK:tk-7e41aabb",
      "on-review-done-and-then-some",
      "tk-7e41aabb",
      "failed",
      "3",
      "ready -> in-progress",
    ],
    ["01M:tk-1", "a", "tk-1", "parked", "11", "x -> y"],
  ]);
});

test("salvage list: a pipe gets all file names, a terminal what fits", async () => {
  const at = "2026-01-02T03:04:05.678Z";
  const keptUntil = "2026-02-01T03:04:05.678Z";
  const entries = [
    {
      name: "technical-writer-12/01M7YND2CW1GGWWGS7RX3EDVSF",
      agentId: "technical-writer-12",
      at,
      keptUntil,
      files: ["a.txt"],
    },
    {
      name: "qa-0/01M",
      agentId: "qa-0",
      at,
      keptUntil,
      files: Array.from({ length: 30 }, (_, index) => `file-${index}`),
    },
  ];
  const project = { salvage: { list: async () => entries } };
  const piped = await runWithFakes(["salvage", "list"], { project });
  expect(cellsBelow(piped.stdout, ["NAME", "AGENT", "SALVAGED AT", "KEPT UNTIL", "FILES"])).toEqual(
    entries.map(({ name, agentId, files }) => [name, agentId, at, "2026-02-01", files.join(", ")]),
  );
  const shown = await runWithFakes(["salvage", "list"], { project, isTerminal: true, columns: 130 });
  for (const line of shown.stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(130);
});

test("ticket history: agents with long names", async () => {
  const change = (id: string, subject: string) => ({
    at: "2026-01-02T03:04:05Z",
    actor: { kind: "agent", id },
    subject,
  });
  const changes = [change("technical-writer-12", "One"), change("qa-0", "Two")];
  const backend = {
    name: "memory",
    read: async () => ({ asOf: "c1" }),
    async *history() {
      yield* changes;
    },
  };
  const project = { tickets: { backend, resolve: async () => "tk-1" } };
  const { stdout } = await runWithFakes(["ticket", "history", "tk-1"], { project });
  const [one = "", two = ""] = stdout.split("\n");
  expect(one.indexOf("One")).toBe(two.indexOf("Two"));
});
