import type { TicketType, TicketTypes } from "@wiggum/ticket-core";
import { isWorkflowError, type WorkflowErrorData } from "../errors.js";
import { parseTicketTypes } from "../ticket-types.js";

type Problem = WorkflowErrorData["TYPES_INVALID"]["problems"][number];

/** The problems of a refused file, or a failed test. */
export function problemsOf(source: unknown): readonly Problem[] {
  try {
    parseTicketTypes(source, { path: "ticket_types.json" });
  } catch (error) {
    if (isWorkflowError(error, "TYPES_INVALID")) return error.data.problems;
    throw error;
  }
  throw new Error("was not refused");
}

export const at = (source: unknown) => problemsOf(source).map((problem) => problem.at);

export function small(change: Record<string, unknown> = {}, more: Record<string, unknown> = {}) {
  return {
    schemaVersion: 1,
    defaultType: "task",
    types: {
      task: {
        initial: "open",
        states: {
          open: { claimable: true },
          doing: { roles: ["worker"] },
          done: { final: true, satisfiesDependants: true },
        },
        transitions: [
          { from: "open", to: "doing", effects: ["claim"], after: ["on-claim"] },
          { from: "doing", to: "done", effects: ["merge"], before: [{ name: "check", timeoutMs: 5 }] },
        ],
        fields: { size: { kind: "number", values: [1, 2, 3], default: 2 } },
        ...change,
      },
      ...more,
    },
  };
}

export function typeOf(source: unknown, name = "task"): TicketType {
  const type = parseTicketTypes(source).types[name];
  if (type === undefined) throw new Error(`no type ${name}`);
  return type;
}

/** `task` with guards and two before-hooks on the hand-in. */
export const guardedTypes: TicketTypes = parseTicketTypes({
  schemaVersion: 1,
  defaultType: "task",
  types: {
    task: {
      initial: "ready",
      states: {
        ready: { claimable: true },
        "in-progress": { roles: ["worker"] },
        review: { roles: ["reviewer"] },
        done: { final: true },
      },
      transitions: [
        { from: "ready", to: "in-progress", effects: ["claim"] },
        {
          from: "in-progress",
          to: "review",
          effects: ["merge"],
          guards: ["no-uncommitted-work"],
          before: ["lint", "pre-review"],
        },
        { from: "review", to: "in-progress", name: "reject" },
        { from: "review", to: "done" },
      ],
    },
  },
});
