// Is a resolved type one that tickets can live in? Every mistake is named where it was written.
import { type FieldValue, printable, type TicketField } from "@wiggum/ticket-core";
import type { Report } from "./json-shape.js";
import type { ResolvedType } from "./ticket-types-resolve.js";

const quoted = (text: string) => `'${printable(text)}'`;

/** Reports what is wrong with one type; `guards` are the names of all guards that exist. */
export function checkType(type: ResolvedType, guards: readonly string[], report: Report): void {
  checkInitial(type, report);
  checkEdges(type, guards, report);
  for (const { value, path } of type.fields.values()) {
    const message = fieldProblem(value);
    if (message !== undefined) report({ path, message });
  }
  checkStates(type, report);
  if (!type.isBaseLost && !type.isBroken) checkWays(type, report);
}

function checkInitial(type: ResolvedType, report: Report): void {
  if (type.initial === undefined) {
    if (!type.isBaseLost)
      report({ path: type.path, message: "'initial' is missing: the state of a new ticket" });
    return;
  }
  const { value, path } = type.initial;
  const state = type.states.get(value);
  if (state?.value.final === true)
    report({ path, message: `a ticket cannot begin in ${quoted(value)}: it is final` });
  if (isUnknown(type, value)) report({ path, message: unknownState(type, value) });
}

/** Is this certainly no state of the type? */
function isUnknown({ states, isBaseLost, couldInherit }: ResolvedType, name: string): boolean {
  if (states.has(name)) return false;
  return !isBaseLost || (couldInherit !== undefined && !couldInherit.has(name));
}

function unknownState(type: ResolvedType, name: string): string {
  const known = [...new Set([...type.states.keys(), ...(type.couldInherit ?? [])])].map((state) =>
    printable(state),
  );
  return `there is no state ${quoted(name)}${known.length ? ` (states: ${known.join(", ")})` : ""}`;
}

function checkEdges(type: ResolvedType, guards: readonly string[], report: Report): void {
  const verbs = new Set<string>();
  for (const { value: edge, path, fromPath } of type.edges.values()) {
    if (isUnknown(type, edge.from)) report({ path: fromPath, message: unknownState(type, edge.from) });
    if (isUnknown(type, edge.to)) report({ path: [...path, "to"], message: unknownState(type, edge.to) });
    if (edge.from === edge.to) {
      report({ path, message: `an edge leads to another state, not from ${quoted(edge.from)} to itself` });
    }
    if (type.states.get(edge.from)?.value.final === true && edge.name !== "reopen") {
      report({ path, message: `${quoted(edge.from)} is final: only an edge named 'reopen' may leave it` });
    }
    if (edge.name !== undefined) {
      const verb = JSON.stringify([edge.from, edge.name]);
      if (verbs.has(verb)) {
        report({
          path: [...path, "name"],
          message: `two edges named '${edge.name}' leave ${quoted(edge.from)}`,
        });
      }
      verbs.add(verb);
    }
    edge.guards.forEach((guard, index) => {
      if (guards.includes(guard)) return;
      const message = `there is no guard ${quoted(guard)} (guards: ${guards.join(", ")})`;
      report({ path: [...path, "guards", index], message });
    });
    if (edge.effects.includes("claim") && edge.effects.includes("release")) {
      report({ path: [...path, "effects"], message: "an edge cannot both claim and release" });
    }
    for (const phase of ["before", "after"] as const) {
      const names = edge[phase].map((hook) => hook.name);
      names.forEach((name, index) => {
        if (names.indexOf(name) === index) return;
        report({ path: [...path, phase, index], message: `the hook ${quoted(name)} stands here twice` });
      });
    }
  }
}

function checkStates(type: ResolvedType, report: Report): void {
  for (const { value: state, path, waitsFor, isSound } of type.states.values()) {
    const isOwned = state.claimable || state.roles.length > 0 || waitsFor !== undefined;
    if (!state.final && !isOwned && isSound) {
      const message = `nobody works on a ticket in ${quoted(state.name)}: give it 'roles', make it 'claimable' or 'final', or say what it 'waitsFor'`;
      report({ path, message });
    }
    if (state.final && (state.claimable || state.roles.length > 0)) {
      report({ path, message: `${quoted(state.name)} is final: it can be neither claimable nor have roles` });
    }
    const claims = [...type.edges.values()].some(
      ({ value: edge }) => edge.from === state.name && edge.effects.includes("claim"),
    );
    if (state.claimable && !claims && !type.isBaseLost && !type.isBroken) {
      const message = `${quoted(state.name)} is claimable, but no edge with the effect 'claim' leaves it`;
      report({ path, message });
    }
  }
}

function checkWays(type: ResolvedType, report: Report): void {
  const edges = [...type.edges.values()].map(({ value }) => value);
  const finals = [...type.states.values()].filter(({ value }) => value.final).map(({ value }) => value.name);
  if (finals.length === 0) {
    report({ path: type.path, message: "no state is final: a ticket could never be over" });
    return;
  }
  const ends = walk(finals, (name) => edges.filter((edge) => edge.to === name).map((edge) => edge.from));
  const initial = type.initial?.value;
  const reached =
    initial === undefined || !type.states.has(initial)
      ? undefined
      : walk([initial], (name) => edges.filter((edge) => edge.from === name).map((edge) => edge.to));
  for (const { value: state, path } of type.states.values()) {
    if (reached !== undefined && !reached.has(state.name)) {
      report({ path, message: `no way leads from ${quoted(initial ?? "")} to ${quoted(state.name)}` });
    }
    if (!ends.has(state.name)) {
      report({ path, message: `no way leads from ${quoted(state.name)} to a final state` });
    }
  }
}

function walk(from: readonly string[], next: (name: string) => readonly string[]): ReadonlySet<string> {
  const seen = new Set(from);
  for (const name of seen) for (const following of next(name)) seen.add(following);
  return seen;
}

function fieldProblem(field: TicketField): string | undefined {
  const { kind, values } = field;
  const misfit = values?.find((value) => !fits(kind === "list" ? undefined : kind, value));
  if (misfit !== undefined) return `the value ${JSON.stringify(misfit)} is no ${kind}`;
  if (field.default === undefined) return undefined;
  const isList = Array.isArray(field.default);
  const items: readonly FieldValue[] = isList ? (field.default as readonly FieldValue[]) : [field.default];
  if (isList !== (kind === "list") || (kind !== "list" && !fits(kind, field.default))) {
    return `the default ${JSON.stringify(field.default)} is no ${kind}`;
  }
  const stranger = values === undefined ? undefined : items.find((item) => !values.includes(item));
  return stranger === undefined ? undefined : `the default ${JSON.stringify(stranger)} is none of the values`;
}

function fits(kind: TicketField["kind"] | undefined, value: FieldValue): boolean {
  if (kind === undefined) return true;
  if (kind === "ticket") return typeof value === "string";
  return typeof value === kind;
}
