// Starts one agent in a pane, as a command of another agent does, and stays. Argument: a file with the order and the runner's options.
import { readFileSync } from "node:fs";
import { createTmuxRunner } from "../create-tmux-runner.js";

const { order, options } = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8"));
await createTmuxRunner(options).start(order);
setInterval(() => undefined, 60_000);
