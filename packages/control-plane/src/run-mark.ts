import { createHash } from "node:crypto";
import { sessionMark } from "@wiggum/workflow";

/**
 * The kernel's mark of a kept program (a soft limit that all it starts inherits, whatever becomes of environment, session and parent) for
 * the name of its run. The same name, the same mark.
 */
export function runMark(run: string): string {
  const mark = sessionMark(createHash("sha256").update(`wiggum run ${run}`).digest("hex").slice(0, 32));
  if (mark === undefined) throw new Error("a digest is a token");
  return mark;
}

/** The mark among the limits of a process, as `/proc/<pid>/limits` shows them. */
export function markIn(limits: string): string | undefined {
  return /^Max file locks\s+(\d+)\s/m.exec(limits)?.[1];
}
