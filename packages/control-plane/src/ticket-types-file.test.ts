import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { builtinTypes, type TicketType } from "@wiggum/ticket-core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { templatePath } from "./templates.js";
import { loadTicketTypes } from "./ticket-types-file.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wiggum-types-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Edges by the state that they leave: their order matters there, and only there. */
function byOrigin(type: TicketType) {
  const states = [...new Set(type.transitions.map((edge) => edge.from))];
  const leaving = (state: string) => type.transitions.filter((edge) => edge.from === state);
  return { ...type, transitions: Object.fromEntries(states.map((state) => [state, leaving(state)])) };
}

test("the shipped file means exactly what the built-in types mean", async () => {
  const shipped = await loadTicketTypes(templatePath("ticket_types.json"));
  expect(shipped.defaultType).toBe(builtinTypes.defaultType);
  expect(Object.keys(shipped.types)).toEqual(Object.keys(builtinTypes.types));
  for (const [name, type] of Object.entries(builtinTypes.types)) {
    expect(byOrigin(shipped.types[name] as TicketType)).toEqual(byOrigin(type));
  }
});

test("without a file the built-in types hold", async () => {
  expect(await loadTicketTypes(join(folder, "ticket_types.json"))).toBe(builtinTypes);
});

// P39
test("a wrong file is refused with its path and lines, and is left as it is", async () => {
  const path = join(folder, "ticket_types.json");
  const text = readFileSync(templatePath("ticket_types.json"), "utf8").replace(
    '"to": "review"',
    '"to": "reveiw"',
  );
  writeFileSync(path, text);
  const line = text.split("\n").findIndex((row) => row.includes("reveiw")) + 1;
  await expect(loadTicketTypes(path)).rejects.toMatchObject({
    code: "TYPES_INVALID",
    message: expect.stringContaining(path),
    data: {
      path,
      problems: expect.arrayContaining([
        { at: "$.types.task.transitions[2].to", line, message: expect.any(String) },
      ]),
    },
  });
  expect(readFileSync(path, "utf8")).toBe(text);
});

test("a folder, bytes that are no text and broken JSON are each one clear sentence", async () => {
  const path = join(folder, "ticket_types.json");
  mkdirSync(path);
  await expect(loadTicketTypes(path)).rejects.toMatchObject({
    code: "TYPES_INVALID",
    message: `${path} cannot be read: it is a folder`,
  });
  rmSync(path, { recursive: true });
  writeFileSync(path, Buffer.from([0x7b, 0x0a, 0xff, 0xfe, 0x00]));
  await expect(loadTicketTypes(path)).rejects.toMatchObject({
    code: "TYPES_INVALID",
    message: `${path}:2 is no text: it is not UTF-8 from here on`,
    data: { problems: [{ at: "$", line: 2 }] },
  });
  writeFileSync(path, '{ "schemaVersion": 1,\n');
  await expect(loadTicketTypes(path)).rejects.toThrow(`${path}:2:1`);
});
