import { expect, test } from "vitest";
import { deferred } from "./deferred.js";

interface Counter {
  add(one: number, other: number): Promise<number>;
  refuse(): Promise<never>;
}

function counting() {
  let loads = 0;
  const counter = deferred<Counter>(
    async () => {
      loads += 1;
      return {
        async add(one, other) {
          return one + other;
        },
        async refuse() {
          throw new Error("no");
        },
      };
    },
    { add: true, refuse: true },
  );
  return { counter, loads: () => loads };
}

test("nothing is loaded before the first call, and everything once", async () => {
  const { counter, loads } = counting();
  expect(loads()).toBe(0);
  expect(await Promise.all([counter.add(1, 2), counter.add(3, 4)])).toEqual([3, 7]);
  expect(loads()).toBe(1);
});

test("a refusal is the method's own", async () => {
  const { counter } = counting();
  await expect(counter.refuse()).rejects.toThrow("no");
});
