// The runner that is tried here: agents as child processes. Put your own in its place.
import { fileURLToPath } from "node:url";
import { createProcessRunner } from "@wiggum/runner-process";

/** Short waits, so that the kit is done soon. */
const waits = { terminateWaitMs: 400, followPollMs: 20 };

const nobodyCanLook = async () => {
  throw new Error("nobody can look");
};

export const createRunner = () => createProcessRunner(waits);

/** The same, but it cannot read what runs. */
export const createBlindRunner = () =>
  createProcessRunner({ ...waits, processes: { list: nobodyCanLook, read: nobodyCanLook } });

/** A process that starts one agent and is then killed by the kit. */
export const starter = [process.execPath, fileURLToPath(new URL("./starter.mjs", import.meta.url))];
