// A supervisor that looks at a project again and again for so many milliseconds, however little changes, and tells how often it did.
// Words: root of the project, milliseconds. Before and after it waits for a line, so that its processor time can be read.
import { createInterface } from "node:readline";
import { openProject, superviseProject } from "../packages/control-plane/dist/index.js";
import { createProcessRunner } from "../packages/runner-process/dist/index.js";

const [root = ".", milliseconds = "1000"] = process.argv.slice(2);
const orders = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const project = await openProject(root, { isSupervisor: true, runner: createProcessRunner() });
console.log("0");
await orders.next();
const { ticks } = await superviseProject(project, {
  mode: "forever",
  pollIntervalMs: 1,
  signal: AbortSignal.timeout(Number(milliseconds)),
  report: () => undefined,
});
console.log(String(ticks));
await orders.next();
await project.close();
