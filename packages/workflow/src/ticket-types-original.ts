// The original's `ticket_types.json`: one machine for all types, hooks by target. It says nothing about roles, claims or merges: those were
// fixed in the program, by the names of the states, and are given back here the same way.
import {
  builtinTypes,
  type HookReference,
  printable,
  type TicketState,
  type TicketTransition,
  type TicketTypes,
  transitionBetween,
} from "@wiggum/ticket-core";
import type { Report } from "./json-shape.js";
import {
  defaultAfterTimeoutMs,
  defaultBeforeTimeoutMs,
  type OriginalInput,
  originalShape,
} from "./ticket-types-schema.js";

/** Who works in the states that the original knew by name. */
const rolesByState: Readonly<Record<string, readonly string[]>> = {
  "in-progress": ["worker"],
  review: ["reviewer"],
  qa: ["qa"],
};

/** Final states of the original's kind that deliver nothing. */
const abandoned = /^(?:closed|cancelled|canceled|abandoned|rejected|wontfix|wont-fix|duplicate)$/i;

/** Reads the original's shape. Undefined where something is wrong with it. */
export function readOriginalTypes(json: unknown, report: Report): TicketTypes | undefined {
  const file = originalShape(json, [], report);
  if (file === undefined) return undefined;
  if (!checkNames(file, report)) return undefined;
  const defaultType = file.default_type ?? (file.types.includes("task") ? "task" : (file.types[0] ?? "task"));
  const edges = edgesOf(file);
  const machine = {
    initial: file.states[0] ?? "",
    states: statesOf(file, edges),
    transitions: edges,
    fields: [],
  };
  return {
    defaultType,
    types: Object.fromEntries(file.types.map((name) => [name, { name, ...machine }])),
  };
}

function checkNames(file: OriginalInput, report: Report): boolean {
  let isSound = true;
  const problem = (path: readonly (string | number)[], message: string) => {
    isSound = false;
    report({ path, message });
  };
  const twice = (list: readonly string[], key: string) => {
    list.forEach((name, index) => {
      if (list.indexOf(name) !== index) problem([key, index], `'${printable(name)}' stands here twice`);
    });
  };
  twice(file.states, "states");
  twice(file.types, "types");
  if (file.default_type !== undefined && !file.types.includes(file.default_type)) {
    problem(["default_type"], `there is no type '${printable(file.default_type)}'`);
  }
  for (const [from, { targets = [], hooks }] of Object.entries(file.transitions)) {
    const at = ["transitions", from] as const;
    if (!file.states.includes(from)) problem(at, `there is no state '${printable(from)}'`);
    targets.forEach((to, index) => {
      const path = [...at, "targets", index];
      if (!file.states.includes(to)) problem(path, `there is no state '${printable(to)}'`);
      if (to === from)
        problem(path, `an edge leads to another state, not from '${printable(from)}' to itself`);
      if (targets.indexOf(to) !== index) problem(path, `'${printable(to)}' stands here twice`);
    });
    for (const phase of ["pre", "post"] as const) {
      for (const [to, names] of Object.entries(hooks?.[phase] ?? {})) {
        const path = [...at, "hooks", phase, ...(to === "*" ? [] : [to])];
        if (to !== "*" && !targets.includes(to))
          problem(path, `'${printable(to)}' is no target of '${printable(from)}'`);
        names.forEach((name, index) => {
          if (names.indexOf(name) !== index)
            problem([...path, index], `the hook '${printable(name)}' stands here twice`);
        });
      }
    }
  }
  const [initial = ""] = file.states;
  const leads = (name: string) => (file.transitions[name]?.targets ?? []).length > 0;
  if (!leads(initial))
    problem(["states", 0], `no edge leaves '${printable(initial)}', where a ticket begins`);
  if (file.states.every(leads))
    problem(["states"], "an edge leaves every state: a ticket could never be over");
  return isSound;
}

function edgesOf(file: OriginalInput): readonly TicketTransition[] {
  const initial = file.states[0] ?? "";
  const working = workingState(file);
  return Object.entries(file.transitions).flatMap(([from, { targets = [], hooks }]) =>
    targets.map((to): TicketTransition => {
      const known = transitionBetween(builtinTypes.types["task"], from, to);
      const effects: TicketTransition["effects"] = [
        ...(from === initial && to === working ? (["claim"] as const) : []),
        ...(from === "in-progress" && to === "review" ? (["merge"] as const) : []),
      ];
      return {
        from,
        to,
        ...(known?.name !== undefined && { name: known.name }),
        effects,
        guards: [],
        before: hooksFor(hooks?.pre, to, defaultBeforeTimeoutMs),
        after: hooksFor(hooks?.post, to, defaultAfterTimeoutMs),
      };
    }),
  );
}

/** A target's own list beats the list for all targets. */
function hooksFor(
  hooks: Readonly<Record<string, readonly string[]>> | undefined,
  to: string,
  timeoutMs: number,
): readonly HookReference[] {
  const names = (hooks !== undefined && Object.hasOwn(hooks, to) ? hooks[to] : hooks?.["*"]) ?? [];
  return names.map((name) => ({ name, mode: "retry", timeoutMs }));
}

/** The state in which a worker works: `in-progress`, else the first one that the first state leads to. */
function workingState(file: OriginalInput): string | undefined {
  if (file.states.includes("in-progress")) return "in-progress";
  const targets = file.transitions[file.states[0] ?? ""]?.targets ?? [];
  return targets.find((to) => (file.transitions[to]?.targets ?? []).length > 0);
}

function statesOf(file: OriginalInput, edges: readonly TicketTransition[]): readonly TicketState[] {
  const working = workingState(file);
  const isFinal = (name: string) => !edges.some((edge) => edge.from === name);
  const delivers = (name: string) =>
    file.states.includes("done") ? name === "done" : isFinal(name) && !abandoned.test(name);
  return file.states.map((name) => ({
    name,
    final: isFinal(name),
    satisfiesDependants: delivers(name),
    claimable: edges.some((edge) => edge.from === name && edge.effects.includes("claim")),
    roles: isFinal(name) ? [] : (rolesByState[name] ?? (name === working ? ["worker"] : [])),
  }));
}
