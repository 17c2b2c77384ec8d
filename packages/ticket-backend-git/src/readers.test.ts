import { expect, test } from "vitest";
import { file, makeStore, rewrite } from "./store.fixture.js";
import { workerStarter } from "./worker-process.fixture.js";

const start = workerStarter();

// P10
test("readers that are stopped in the middle of reading hold no writer up", async () => {
  const store = await makeStore();
  let record = await file(store.backend, "tk-0001");
  const readers = Array.from({ length: 6 }, (_, index) =>
    start({ root: store.root, name: `reader-${index}`, task: "read", tickets: [] }),
  );
  for (const { lines } of readers) expect((await lines.next()).value).toBe("reading");
  for (let round = 0; round < 12; round += 1) {
    // Wherever it happens to be: the next write finds it stopped there.
    readers[round % readers.length]?.child.kill("SIGSTOP");
    record = await rewrite(store.backend, record, { title: `round ${round}` });
  }
  expect((await store.backend.read("tk-0001")).record?.ticket.title).toBe("round 11");
});
