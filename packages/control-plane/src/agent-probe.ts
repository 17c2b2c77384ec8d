import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { printable } from "@wiggum/ticket-core";
import { composeProbe } from "@wiggum/workflow";
import { cleanEnvironment } from "./agent-environment.js";
import { type LaunchOptions, launchPlaces, profileOfRole } from "./agent-launch.js";
import { runProgram } from "./bounded-program.js";
import type { Role } from "./roles.js";

const probeTimeoutMs = 30_000;
const refused = "cannot write: ";

/** Writes a file into each folder that it is given and takes it away again; names those where it could not. */
const script = `name=$1; shift; status=0
for folder do
  { : > "$folder/$name" && rm -f "$folder/$name"; } 2>/dev/null || { echo "${refused}$folder"; status=1; }
done
exit $status`;

/** Why agents of that role could not hand anything in. */
export interface ProbeFailure {
  /** Folders that are closed to them. */
  readonly folders: readonly string[];
  /** The last of what the program printed. */
  readonly output: string;
}

/**
 * A write from inside the program's own sandbox into each folder that an agent needs beside its worktree, before anything is claimed. Absent
 * = all went well, or the program has no sandbox that can be looked into.
 */
export async function probeSandbox(
  options: LaunchOptions & { readonly environment: Readonly<Record<string, string | undefined>> },
  role: Role,
): Promise<ProbeFailure | undefined> {
  const { paths } = options;
  const { profile, command } = await profileOfRole(options, role);
  if (profile.probe === undefined) return undefined;
  const environment = cleanEnvironment(options.environment);
  const places = await launchPlaces(options, paths.root, join(tmpdir(), "wiggum-no-session"));
  const folders = places.writableRoots;
  const name = `.wiggum-probe-${randomBytes(6).toString("hex")}`;
  const inside = ["/bin/sh", "-c", script, "probe", name, ...folders];
  const words = composeProbe(profile, { command, environment, places }, inside);
  if (words === undefined) return undefined;
  const run = { command: words, cwd: paths.root, environment, timeoutMs: probeTimeoutMs, endsAlone: true };
  const { exitCode, output } = await runProgram(run);
  if (exitCode === 0) return undefined;
  const lines = output.split("\n");
  const named = folders.filter((folder) => lines.includes(`${refused}${printable(folder)}`));
  // Where the sandbox itself does not start, everything is closed.
  return { folders: named.length === 0 ? folders : named, output: output.trim().slice(-1_000) };
}
