// `doctor --relayout`: every ticket to its place in the other layout of the store.
import type { Project } from "@wiggum/control-plane";
import { usageError } from "./command-error.js";
import type { Context } from "./context.js";
import { printable } from "./printable.js";

const layouts = ["flat", "fan-out"] as const;
type Layout = (typeof layouts)[number];

/** Without a value: the layout that suits the number of tickets. */
export const relayoutFlag = {
  kind: "parsed",
  optional: true,
  inferEmpty: true,
  placeholder: "LAYOUT",
  brief:
    "Move all tickets of the store into one folder (flat) or 256 (fan-out), after printing the plan; without a value to what suits their number",
  parse: parseLayout,
} as const;

/** Prints the plan, carries it out, and answers what was done. */
export async function relayoutStore(context: Context, project: Project, wanted: Layout | "suiting") {
  const plan = await project.planRelayout(wanted === "suiting" ? undefined : wanted);
  const { from, to, tickets, moved, dropped, isNeeded, description } = plan;
  if (isNeeded) {
    if (!context.options.json) context.write(`plan: ${printable(description)}\n`);
    await plan.apply();
    context.messages.ok(description);
  } else {
    context.messages.ok(`The store's layout is ${to} already: nothing to move`);
  }
  return {
    data: { relayout: { from, to, tickets, moved, dropped, plan: isNeeded ? description : null } },
    asOf: (await project.tickets.list({ ids: [] })).asOf,
  };
}

function parseLayout(text: string): Layout | "suiting" {
  if (text === "") return "suiting";
  const layout = layouts.find((each) => each === text);
  if (layout === undefined)
    throw usageError(`--relayout takes ${layouts.join(" or ")}, or nothing: not '${printable(text)}'`);
  return layout;
}
