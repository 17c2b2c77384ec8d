import { fileURLToPath } from "node:url";

export { createOpenCodeRunner } from "@wiggum/runner-opencode";

/** The process that attends a session, beside the built command; from here it is one folder up (see tsup.config.ts). */
export const attendantProgram = fileURLToPath(new URL("../opencode/attendant.js", import.meta.url));
