// A process that moves all tickets of a store to another layout, and ends. Words: path of `tickets.git`, the layout.
import { createGitBackend } from "../packages/ticket-backend-git/dist/index.js";
import { builtinTypes, createJudge } from "../packages/ticket-core/dist/index.js";

const [root, layout] = process.argv.slice(2);
const backend = createGitBackend({ root, judge: createJudge(builtinTypes), lockWaitMs: 60_000 });
await backend.relayout(layout);
await backend.close();
