// How deep in a chain of hooks a write was made: a transition made by an after-hook runs after-hooks of its own. The history carries it,
// since whoever drains the outbox is another process than the hook that caused the row.

/** Chains stop here: an after-hook deeper than this is not run, and shown as failed. */
export const deepestHook = 8;

const mark = /(?:^|; )hook depth (\d{1,6})$/;

/** The cause of a write that is made `depth` hooks deep (0 = in no hook). */
export function withHookDepth(cause: string | undefined, depth: number): string | undefined {
  const rest = cause?.replace(mark, "");
  if (depth <= 0) return rest === "" ? undefined : rest;
  return `${rest ? `${rest}; ` : ""}hook depth ${depth}`;
}

/** How many hooks deep the write with this cause was made; 0 = in no hook. */
export function hookDepthOf(cause: string | undefined): number {
  return Number(mark.exec(cause ?? "")?.[1] ?? 0);
}
