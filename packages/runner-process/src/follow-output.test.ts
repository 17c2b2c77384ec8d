import {
  appendFileSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { followFile } from "./follow-output.js";

/** A file that is followed by its name; `said` waits until the text came. */
function followed(before = "before\n") {
  const folder = mkdtempSync(join(tmpdir(), "wiggum-follow-"));
  const path = join(folder, "output.log");
  writeFileSync(path, before);
  const { ino: inode, size: position } = statSync(path);
  const ending = new AbortController();
  onTestFinished(() => {
    ending.abort();
    rmSync(folder, { recursive: true, force: true });
  });
  let hasEnded = false;
  const pieces = followFile(path, { inode, position }, ending.signal, {
    pollMs: 5,
    hasEnded: async () => hasEnded,
  })[Symbol.asyncIterator]();
  let text = "";
  return {
    path,
    async said(wanted: string) {
      while (!text.includes(wanted)) {
        const { value, done } = await pieces.next();
        if (done === true) throw new Error(`it ended after ${JSON.stringify(text)}`);
        text += value;
      }
      return text;
    },
    async end() {
      hasEnded = true;
      for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) text += next.value;
      return text;
    },
  };
}

test("what is added is told once, characters whole", async () => {
  const { path, said, end } = followed();
  appendFileSync(path, Buffer.from("é").subarray(0, 1));
  appendFileSync(path, Buffer.concat([Buffer.from("é").subarray(1), Buffer.from(" one\n")]));
  await said("one");
  appendFileSync(path, "two\n");
  expect(await end()).toBe("é one\ntwo\n");
});

test("a file that is moved away is read to its end, the next one of its name from its beginning", async () => {
  const { path, said, end } = followed();
  appendFileSync(path, "first\n");
  await said("first");
  appendFileSync(path, "last words\n");
  renameSync(path, `${path}.1`);
  appendFileSync(`${path}.1`, "after the move\n");
  writeFileSync(path, "anew\n");
  await said("anew");
  appendFileSync(path, "and on\n");
  expect(await end()).toBe("first\nlast words\nafter the move\nanew\nand on\n");
});

test("removed and made again, shorter or longer than before", async () => {
  const { path, said, end } = followed("long before\n".repeat(100));
  rmSync(path);
  writeFileSync(path, "short\n");
  await said("short");
  rmSync(path);
  writeFileSync(path, `${"long".repeat(1000)}!\n`);
  await said("!");
  expect(await end()).toBe(`short\n${"long".repeat(1000)}!\n`);
});

test("cut to nothing and written on", async () => {
  const { path, said, end } = followed("long before\n".repeat(100));
  truncateSync(path, 0);
  appendFileSync(path, "new\n");
  expect(await said("new")).toBe("new\n");
  appendFileSync(path, "more\n");
  expect(await end()).toBe("new\nmore\n");
});
