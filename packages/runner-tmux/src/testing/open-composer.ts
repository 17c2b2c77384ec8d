import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TmuxRunnerOptions } from "../options.js";
import type { PaneProfile } from "../profile.js";
import { createWorld, until } from "./world.js";

const program = fileURLToPath(new URL("./composer.mjs", import.meta.url));

/** The composer is idle when its last row is an empty prompt. */
export const profile: PaneProfile = {
  name: "composer",
  messages: "typed",
  idle: "^>$(?![\\s\\S])",
  keysToClear: ["C-u"],
};

interface Behaviour {
  readonly slowMs?: number;
  readonly swallowedEnters?: number;
  readonly isVim?: boolean;
  readonly takesPastes?: boolean;
  readonly isBlind?: boolean;
  readonly hides?: string;
  readonly isBoxed?: boolean;
  readonly breaksLines?: boolean;
  readonly head?: string;
}

/** An agent with a composer in a pane, what it got so far, and a way to write to it. */
export async function openComposer(
  behaviour: Behaviour = {},
  changes: Partial<PaneProfile> = {},
  options: Partial<TmuxRunnerOptions> = {},
) {
  const world = createWorld();
  const runner = world.runner({ profile: { ...profile, ...changes }, ...options });
  const command = [process.execPath, program, JSON.stringify(behaviour)];
  const handle = await runner.start(world.order(command));
  await world.written("got.json");
  // On the screen, too.
  await until("the composer is painted", async () => (await runner.output(handle, 50)).includes("> "));
  const got = () =>
    JSON.parse(readFileSync(join(world.order([]).cwd, "got.json"), "utf8")) as {
      submitted: readonly string[];
      keys: string;
    };
  const say = (text: string, id = "m-1") => runner.send(handle, { id, from: "person", text });
  const paneId = String(handle.data["paneId"]);
  return { world, runner, handle, got, say, paneId };
}
