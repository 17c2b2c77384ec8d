import type { Context } from "./context.js";
import type { Failure } from "./failure.js";

/** Shows a person what others changed and asks whether to go on all the same. Anything but a clear yes is a no. */
export async function changeQuestion(context: Context, change: Failure): Promise<boolean> {
  context.messages.warn(change.message);
  for (const line of change.details) context.messages.warn(`  ${line}`);
  const answer = await context.host.ask("Go on all the same? [y/N] ");
  return /^y(es)?$/i.test(answer.trim());
}
