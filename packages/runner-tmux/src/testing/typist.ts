// Sends one message, as another process would, and is killed while it types. Its one argument is JSON: what to send, and where.
import { createTmuxRunner } from "../create-tmux-runner.js";

const { options, handle, message } = JSON.parse(process.argv[2] ?? "{}");
console.log(JSON.stringify(await createTmuxRunner(options).send(handle, message)));
