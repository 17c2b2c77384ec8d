import { closeSync, openSync } from "node:fs";
import { join } from "node:path";

/**
 * The operation id of the next ticket write that is made inside an after-hook: `<event>/<hook>/<n>`, counted over the processes of one run. A
 * second run of the hook (the first was killed) makes the same writes under the same ids, so that they have one effect. Undefined outside
 * such a hook.
 */
export function nextHookOperationId(
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const { WIGGUM_EVENT_ID: event, WIGGUM_HOOK_NAME: hook, WIGGUM_HOOK_WRITES: folder } = environment;
  if (!event || !hook || !folder) return undefined;
  for (let count = 1; ; count++) {
    try {
      // Made by one process only, however many ask at once.
      closeSync(openSync(join(folder, String(count)), "wx"));
      return `${event}/${hook}/${count}`;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT") return undefined; // the run is over: this process was left behind by it
      if (code !== "EEXIST") throw error;
    }
  }
}
