// docs/agent-profiles.md: what it shows of a profile can be used as it stands, and shows every key that there is.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { z } from "zod";
import { parseProfile, profileSchema } from "./profile-schema.js";

const page = readFileSync(new URL("../../../docs/agent-profiles.md", import.meta.url), "utf8");
const example = /^```yaml\n(.*?)^```$/ms.exec(page)?.[1] ?? "";

/** Every name of a setting in a JSON schema; those that a person makes up are none. */
function keysOf(schema: unknown): readonly string[] {
  if (typeof schema !== "object" || schema === null) return [];
  const { properties = {} } = schema as { readonly properties?: Readonly<Record<string, unknown>> };
  return [...Object.keys(properties), ...Object.values(schema).flatMap(keysOf)];
}

test("the example is a profile", () => {
  expect(parseProfile(example, "mytool")).toMatchObject({ value: { name: "mytool" } });
});

test("every key of a profile stands in it", () => {
  const keys = [...new Set(keysOf(z.toJSONSchema(profileSchema, { io: "input", unrepresentable: "any" })))];
  expect(keys).toContain("keysToClear");
  expect(keys.length).toBeGreaterThan(45);
  expect(keys.filter((key) => !new RegExp(`(^|[\\s{,])${key}:`, "m").test(example))).toEqual([]);
});
