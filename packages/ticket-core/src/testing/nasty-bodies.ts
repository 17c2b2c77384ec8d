import fc from "fast-check";
import { expect } from "vitest";
import { newBody } from "../body.js";
import { contentOf, partsOf } from "../section-parts.js";
import { nastyMarkdown } from "./nasty-markdown.js";

/** Is nothing open at the end that would swallow what follows? */
export function isClosed(body: string): boolean {
  return partsOf(body).at(-1)?.closing === undefined;
}

/** Bodies of all kinds: new ones, empty ones, and such as a person might leave. */
export function anyBody(): fc.Arbitrary<string> {
  const fresh = newBody({ description: "Say what.", acceptanceCriteria: ["one", "two"] });
  return fc.oneof(
    nastyMarkdown(30).filter(isClosed),
    fc.constantFrom("", "\n", "\r\n", fresh, newBody(), fresh.replaceAll("\n", "\r\n"), fresh.trimEnd()),
  );
}

/** Stored text of every part of a body, under its heading line. */
export function storedParts(body: string): ReadonlyMap<string, string> {
  const stored = new Map<string, string>();
  const parts = partsOf(body);
  for (const [index, part] of parts.entries()) {
    let name = `${part.kind} ${part.head}`;
    while (stored.has(name)) name += "'";
    stored.set(name, contentOf(part, index < parts.length - 1));
  }
  return stored;
}

/** All parts but those that `isChanged` names are as they were. */
export function expectOthersKept(before: string, after: string, isChanged: (name: string) => boolean): void {
  const now = storedParts(after);
  for (const [name, content] of storedParts(before)) {
    if (!isChanged(name)) expect({ name, content: now.get(name) }).toEqual({ name, content });
  }
}
