// How a commit that moves all tickets to another layout is told in the history.
import { formatMessage } from "./commit-message.js";
import type { StoreLayout } from "./fan-out.js";
import type { ObjectId } from "./objects.js";

const marks = { "fan-out": "relayout-fan-out-", flat: "relayout-flat-" } as const;

/** The same for the same base, so that of several at once one is enough. */
export function relayoutId(layout: StoreLayout, base: ObjectId): string {
  return `${marks[layout]}${base}`;
}

/** The layout that this operation brought; `undefined` = it is none of these. */
export function layoutOfOperation(operationId: string): StoreLayout | undefined {
  if (!/^relayout-(?:flat|fan-out)-[0-9a-f]{40,64}$/.test(operationId)) return undefined;
  return operationId.startsWith(marks.flat) ? "flat" : "fan-out";
}

export function isRelayout(operationId: string): boolean {
  return layoutOfOperation(operationId) !== undefined;
}

/** @param dropped files that lay twice, and are left to the history */
export function relayoutMessage(
  operationId: string,
  layout: StoreLayout,
  moved: number,
  dropped: number,
  host: string,
): string {
  const where = layout === "flat" ? "one folder" : "256 folders";
  const twice = dropped === 0 ? "" : `, without ${dropped} that lay twice`;
  const subject = `Move ${moved} ticket${moved === 1 ? "" : "s"} to ${where}${twice}`;
  return formatMessage(
    { operationId, actor: { kind: "supervisor", id: "wiggum" }, subject, skipHooks: true },
    [],
    host,
  );
}
