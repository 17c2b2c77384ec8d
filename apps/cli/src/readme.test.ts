// The table of commands in the package's README, against the commands that there are.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { app } from "./app.js";
import { rootCommands } from "./tree.js";

const page = readFileSync(new URL("../README.md", import.meta.url), "utf8");

/** `salvage list`, `spawn`: a name right behind another one is a command of that group, up to a semicolon or the end of the row. */
function namedIn(row: string): readonly string[] {
  return (row.split(" | ")[1] ?? "").split("; ").flatMap((part) => {
    const group = /`([^`]+)` `/.exec(part)?.[1];
    const names = [...part.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? "");
    return group === undefined ? names : names.slice(1).map((name) => `${group} ${name}`);
  });
}

test("it names every command that is for people, once, and none that is not there", () => {
  const rows = page.split("\n").filter((line) => /^\| [a-z]/.test(line));
  const there = Object.entries(rootCommands(app)).flatMap(([name, target]) => {
    if (target.kind === "command") return target.isInternal ? [] : [name];
    const below = Object.entries(target.commands);
    return below
      .filter(([, one]) => one.kind === "group" || !one.isInternal)
      .map(([word]) => `${name} ${word}`);
  });
  expect(rows.flatMap(namedIn).toSorted()).toEqual(there.toSorted());
});
