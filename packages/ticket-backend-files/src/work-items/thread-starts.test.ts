import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openItems, runScriptWith, scriptDoctor, temporaryFolder } from "../store.fixture.js";
import { readThread } from "./thread.js";

const fence = "```";
const comment = (kind: string, minute: number) =>
  `<!-- event: ${kind} author: ann at: 2026-05-26T13:0${minute}:00Z -->`;
const event = (kind: string, minute: number, body: string) =>
  `${comment(kind, minute)}\n\n## ${kind}\n\n${body}\n\n\n---\n\n`;
const kinds = (text: string) => readThread(text).map(({ kind }) => kind);

const example = `The form:\n\n${fence}md\n${comment("one", 7)}\n\n## One\n\n---\n\n${comment("two", 8)}\n\n## Two\n\n---\n\n${comment("three", 9)}\n${fence}\n\nThat is all.`;

// P12: what a person shows as an example was never said by the one that it names.
test("an example of a thread in a fenced block is text of the event that shows it", () => {
  const [made, closed, last] = readThread(
    `${event("create", 1, "x")}${event("close", 2, example)}${event("comment", 3, "y")}`,
  );
  expect([made?.kind, closed?.kind, last?.kind]).toEqual(["create", "close", "comment"]);
  expect(closed?.body).toBe(example);
  for (const marks of ["~~~", "````", "  ```"]) {
    const other = example.replaceAll(fence, marks);
    expect(readThread(event("plan", 1, other)).map(({ kind, body }) => [kind, body])).toEqual([
      ["plan", other],
    ]);
  }
});

test("a fence that somebody forgot to close hides no event", () => {
  const forgotten = event("comment", 1, `Look:\n${fence}\nx = 1`);
  expect(kinds(`${forgotten}${event("plan", 2, "y")}`)).toEqual(["comment", "plan"]);
  expect(
    kinds(`${forgotten}${event("plan", 2, `${fence}js\n1\n${fence}`)}${event("review", 3, "z")}`),
  ).toEqual(["comment", "plan", "review"]);
  expect(
    kinds(`${forgotten}${event("plan", 2, `${fence}\n1\n${fence}`)}${event("close", 3, example)}`),
  ).toEqual(["comment", "plan", "close"]);
});

test("what is written behind and with open fences comes back event by event, beside the other program", async () => {
  const root = temporaryFolder();
  const items = openItems(root);
  const { id } = await items.create({ title: "One" });
  const thread = join(root, "open", id, "thread.md");
  const bodies = [
    `${fence}\nopen`,
    `${fence}\nopen, too`,
    `~~~\n${fence}\n~~~`,
    `${fence}${"`"}\n${fence}\n${fence}${"`"}`,
    `${fence}js\n1\n${fence}`,
    example,
    `- a list\n  ${fence}\n  open`,
    "none",
  ];
  const said: string[] = [];
  for (const body of [...bodies, ...bodies.toReversed()]) {
    await items.addEvent(id, { kind: "comment", body });
    runScriptWith("by the script", root, "comment", id, "--role", "plan");
    said.push(body, "by the script");
  }
  const { events } = await items.show(id);
  expect(events.slice(1).map(({ body }) => body)).toEqual(said);
  expect((await items.doctor()).findings).toEqual([]);
  expect(scriptDoctor(root)).toBe("doctor: ok\n");

  // Somebody else leaves a fence open that would pair with ours.
  writeFileSync(thread, event("create", 1, `${fence}\nforgotten`));
  await items.addEvent(id, { kind: "decision", body: `${fence}${"`"}\n${fence}\n${fence}${"`"}` });
  await items.addEvent(id, { kind: "comment", body: `${fence}\nopen` });
  appendFileSync(thread, `\n${event("plan", 9, `${fence}\nopen`)}`);
  expect(kinds(readFileSync(thread, "utf8"))).toEqual(["create", "decision", "comment", "plan"]);
});
