// Takes the lock that its argument names, says so, and keeps it until it is killed.
import { setTimeout as sleep } from "node:timers/promises";
import { underLock } from "../kernel-lock.js";

await underLock(process.argv[2] ?? "", 0, async () => {
  console.log("held");
  await sleep(120_000);
});
