import { expect, test } from "vitest";
import { followWithTail } from "./follow-with-tail.js";

/** An agent that prints a line at each of the first `speaks` looks at it. */
function speaker(speaks: number) {
  const lines = ["0"];
  let looks = 0;
  return {
    lines,
    read: async () => {
      const shown = lines.slice(-3).join("\n");
      looks += 1;
      if (looks <= speaks) lines.push(String(lines.length));
      return shown;
    },
    follow() {
      const from = lines.length;
      return (async function* () {
        lines.push("later");
        yield* lines.slice(from);
      })();
    },
  };
}

async function collected(speaks: number): Promise<readonly string[]> {
  const { lines, read, follow } = speaker(speaks);
  const { tail, parts } = await followWithTail(read, follow);
  const shown = tail.split("\n");
  for await (const part of parts) shown.push(part);
  return [...shown, "|", ...lines];
}

test.each([0, 1, 2, 3, 4])("%i lines are printed meanwhile: each comes once", async (speaks) => {
  const all = await collected(speaks);
  const shown = all.slice(0, all.indexOf("|"));
  const printed = all.slice(all.indexOf("|") + 1);
  expect(shown).toEqual(printed.slice(-shown.length));
});

test("an agent that never pauses: nothing is lost", async () => {
  const all = await collected(1_000);
  const shown = all.slice(0, all.indexOf("|"));
  const printed = all.slice(all.indexOf("|") + 1);
  expect([...new Set(shown)]).toEqual(printed.slice(-new Set(shown).size));
});
