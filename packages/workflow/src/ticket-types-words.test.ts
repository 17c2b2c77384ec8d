// A mistake in ticket_types.json is told in words of ours: what was expected, what was found.
import { expect, test } from "vitest";
import { isWorkflowError } from "./errors.js";
import { problemsOf, small } from "./testing/types-fixture.js";
import { parseTicketTypes } from "./ticket-types.js";

const wrongValues = [null, true, 0, -1, 1.5, "", "x y", [], [1], {}, { a: 1 }, [[]], [null], "../evil"];

test.each([
  ["our shape", small()],
  [
    "the original's shape",
    {
      states: ["ready", "done"],
      default_type: "task",
      types: ["task"],
      transitions: { ready: { targets: ["done"], hooks: { pre: { done: ["check"] }, post: ["on-done"] } } },
    },
  ],
])("whatever stands in any place of %s, what is wrong is said in words of ours", (_name, whole) => {
  let refused = 0;
  for (const place of placesOf(whole)) {
    for (const wrong of wrongValues) {
      const source = replacedAt(whole, place, wrong);
      try {
        parseTicketTypes(JSON.stringify(source));
      } catch (error) {
        if (!isWorkflowError(error, "TYPES_INVALID")) throw error;
        refused += 1;
        for (const { message } of error.data.problems) {
          expect(message).not.toMatch(/Invalid|expected|received|Too (small|big)|Unrecognized|undefined/);
          if (message.startsWith("must ")) expect(message).toMatch(/, not ./);
        }
      }
    }
  }
  expect(refused).toBeGreaterThan(50);
});

test("what was expected, what was found", () => {
  const hook = (timeoutMs: unknown) =>
    small({
      transitions: [
        { from: "open", to: "doing", effects: ["claim"], after: [{ name: "x", timeoutMs }] },
        { from: "doing", to: "done" },
      ],
    });
  const only = (source: unknown) => problemsOf(source)[0]?.message;
  const range = "must be a whole number of milliseconds from 1 to 86400000";
  expect(only(hook(-1))).toBe(`${range}, not -1`);
  expect(only(hook("soon"))).toBe(`${range}, not "soon"`);
  expect(only(hook(1.5))).toBe(`${range}, not 1.5`);
  expect(only(small({ initial: 5 }))).toBe("must be a text, not 5");
  expect(only({ ...small(), schemaVersion: "1" })).toBe('must be 1, not "1"');
  expect(only({ ...small(), types: [1] })).toBe("must be an object, not [1]");
  expect(only({ ...small(), defaultType: undefined })).toBe("is missing: must be a text");
  expect(only(small({ fields: { size: { kind: "date" } } }))).toBe(
    'must be one of "string", "number", "boolean", "list", "ticket", not "date"',
  );
});

type Place = readonly (string | number)[];

/** The way to every value within. */
function* placesOf(value: unknown, way: Place = []): Generator<Place> {
  yield way;
  if (typeof value !== "object" || value === null) return;
  for (const [key, member] of Object.entries(value)) {
    yield* placesOf(member, [...way, Array.isArray(value) ? Number(key) : key]);
  }
}

function replacedAt(whole: unknown, way: Place, wanted: unknown): unknown {
  const [key, ...rest] = way;
  if (key === undefined) return wanted;
  const copy = structuredClone(whole) as Record<string | number, unknown>;
  copy[key] = replacedAt(copy[key], rest, wanted);
  return copy;
}
