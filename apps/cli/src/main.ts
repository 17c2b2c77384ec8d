import { app } from "./app.js";
import { processHost } from "./host.js";
import { runCommandLine } from "./run-command-line.js";

/** Runs the command line of this process and returns its exit number, when all output has been handed to the system. */
export async function main(): Promise<number> {
  const exitCode = await runCommandLine(app, process.argv.slice(2), processHost());
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  return exitCode;
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || !stream.writable) resolve();
    else stream.write("", () => resolve());
  });
}
