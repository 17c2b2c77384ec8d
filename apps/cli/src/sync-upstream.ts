import type { Project, ProjectUpstream } from "@wiggum/control-plane";
import { CommandError } from "./command-error.js";
import type { Context } from "./context.js";
import { exitCodeOf, type FailureCode } from "./exit-codes.js";
import { counted } from "./render/counted.js";

type Direction = "pull" | "push" | "both";
type SyncReport = Awaited<ReturnType<ProjectUpstream["sync"]>>;
type Refused = SyncReport["refused"][number];

/**
 * Exchanges with the upstream and says what came of it; `undefined` = this project has none.
 * @throws with the code of the first operation that was refused; all of them are named
 */
export async function syncUpstream(
  context: Context,
  project: Project,
  direction: Direction,
): Promise<SyncReport | undefined> {
  const { upstream } = project;
  if (upstream === undefined) return undefined;
  const report = await upstream.sync({ direction });
  context.messages.info(exchanged(report));
  const [first] = report.refused;
  if (first === undefined) return report;
  throw new CommandError(
    isFailureCode(first.code) ? first.code : "TICKET_CONFLICT",
    `Refused by the upstream: ${counted(report.refused.length, "change")} of this host. Another host was first.`,
    {
      details: report.refused.flatMap(refusedLines),
      hint: "Do again what still counts. 'wiggum doctor' lists them until 'wiggum doctor --fix' takes note of them.",
      data: { upstream: report },
    },
  );
}

/** `Upstream: 2 changes taken in, 1 sent`. */
function exchanged({ pulled, pushed, ahead, direction }: SyncReport): string {
  const kept = ahead === 0 ? "" : `, ${counted(ahead, "change")} here not sent`;
  if (direction === "pull") return `Upstream: ${counted(pulled, "change")} taken in${kept}`;
  return `Upstream: ${counted(pulled, "change")} taken in, ${pushed} sent${kept}`;
}

/** What was refused, why, and both values of each field. */
export function refusedLines({ subject, actor, reason, fields }: Refused): readonly string[] {
  return [
    `"${subject}" (${actor.id}): ${reason}`,
    ...fields.map(({ field, stored, refused }) => `${field}: yours ${refused}, stored ${stored}`),
  ];
}

function isFailureCode(code: string): code is FailureCode {
  return Object.hasOwn(exitCodeOf, code);
}
