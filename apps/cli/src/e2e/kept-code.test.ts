// Compiled code that is kept between commands saves time. Whatever became of it, a command answers as without it.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createRepository, type Repository } from "./built-wiggum.js";

let repository: Repository;
let folder: string;
let expected: string;
beforeAll(async () => {
  // Not with the compiled code that tests share: it is what is looked at.
  repository = await createRepository({ environment: () => ({ XDG_CACHE_HOME: undefined }) });
  await repository.succeed(["ticket", "create", "First"]);
  folder = join(dirname(repository.programs), "home", ".cache", "wiggum", "compiled", "ready");
  expected = await repository.succeed(["ticket", "ready"]);
}, 60_000);
afterAll(() => repository.remove());

const ready = (environment = {}) => repository.succeed(["ticket", "ready"], { environment });
const pieces = () => readdirSync(folder).sort();
const contentOf = () => pieces().map((name) => readFileSync(join(folder, name)));

/** Does this to each file that is kept. */
function toEach(change: (content: Buffer) => Buffer): void {
  for (const name of pieces()) writeFileSync(join(folder, name), change(readFileSync(join(folder, name))));
}

test("it is kept for its user alone, and used", async () => {
  expect(pieces().length).toBeGreaterThan(1);
  for (const name of pieces()) expect(statSync(join(folder, name)).mode & 0o077).toBe(0);
  expect(statSync(folder).mode & 0o077).toBe(0);
  expect(pieces().filter((name) => name.endsWith(".new"))).toEqual([]);
  // After some first processes nothing is added as a rule.
  for (let run = 0; run < 4; run += 1) expect(await ready()).toBe(expected);
  for (const content of contentOf())
    expect(content.toString("latin1", 0, 20)).toMatch(/^wiggum code 1 [4-9] v/);
}, 60_000);

test("what is damaged, cut off, empty, of another file or no such thing at all is not run, and made anew", async () => {
  const whole = contentOf();
  const flipped = (content: Buffer, share: number) => {
    const copy = Buffer.from(content);
    const at = Math.floor(content.length * share);
    copy.writeUInt8(copy.readUInt8(at) ^ 0x55, at);
    return copy;
  };
  const damages: readonly ((content: Buffer) => Buffer)[] = [
    (content) => flipped(content, 0.3),
    (content) => flipped(content, 0.8),
    (content) => content.subarray(0, content.length - 100),
    () => Buffer.alloc(0),
    () => Buffer.from("no such thing"),
    // Of a file that was written anew since.
    (content) =>
      Buffer.from(content.toString("latin1").replace(/ \d{15,} /, " 1234567890123456789 "), "latin1"),
  ];
  for (const damage of damages) {
    toEach(damage);
    expect(await ready()).toBe(expected);
    // Begun anew.
    for (const content of contentOf()) expect(content.toString("latin1", 0, 16)).toBe("wiggum code 1 1 ");
    expect(pieces().length).toBe(whole.length);
  }
}, 60_000);

test("what is left of former builds goes in time, what was left by a kill is in nobody's way", async () => {
  const old = join(folder, "chunks-chunk-OLD.cjs");
  writeFileSync(old, "old");
  utimesSync(old, new Date(2000, 1), new Date(2000, 1));
  rmSync(join(folder, "hot.cjs"));
  expect(await ready()).toBe(expected);
  expect([existsSync(old), existsSync(join(folder, "hot.cjs"))]).toEqual([false, true]);
}, 60_000);

test("switched off nothing is kept, elsewhere it is kept there, and where it cannot be kept the command works", async () => {
  rmSync(folder, { recursive: true });
  expect(await ready({ NODE_DISABLE_COMPILE_CACHE: "1" })).toBe(expected);
  expect(existsSync(folder)).toBe(false);
  const elsewhere = join(dirname(repository.programs), "elsewhere");
  expect(await ready({ NODE_COMPILE_CACHE: elsewhere })).toBe(expected);
  expect(existsSync(folder)).toBe(false);
  expect(readdirSync(join(elsewhere, "wiggum", "ready")).length).toBeGreaterThan(1);
  // A home that others may write to is nobody's place for code.
  chmodSync(join(dirname(repository.programs), "home"), 0o777);
  expect(await ready()).toBe(expected);
  expect(existsSync(folder)).toBe(false);
  chmodSync(join(dirname(repository.programs), "home"), 0o755);
  mkdirSync(dirname(folder), { recursive: true });
  writeFileSync(folder, "a file in the place of the folder");
  expect(await ready()).toBe(expected);
}, 60_000);
