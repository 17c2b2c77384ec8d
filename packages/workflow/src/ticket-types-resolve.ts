// Lays each type over the one that it extends.
import {
  type HookReference,
  printable,
  type TicketField,
  type TicketState,
  type TicketTransition,
} from "@wiggum/ticket-core";
import type { JsonPath } from "./json-document.js";
import type { Report } from "./json-shape.js";
import type { Piece, WrittenEdge, WrittenType } from "./ticket-types-read.js";
import {
  defaultAfterTimeoutMs,
  defaultBeforeTimeoutMs,
  type FieldInput,
  type HookInput,
  type StateInput,
} from "./ticket-types-schema.js";

interface Placed<Value> {
  readonly value: Value;
  readonly path: JsonPath;
}

interface PlacedState extends Placed<TicketState> {
  readonly waitsFor?: string | undefined;
  /** Its own piece could be read. */
  readonly isSound: boolean;
}

/** A type with everything that it inherits, and where each piece was written. */
export interface ResolvedType {
  readonly name: string;
  readonly path: JsonPath;
  readonly initial: Placed<string> | undefined;
  readonly states: ReadonlyMap<string, PlacedState>;
  readonly edges: ReadonlyMap<string, Placed<TicketTransition> & { readonly fromPath: JsonPath }>;
  readonly fields: ReadonlyMap<string, Placed<TicketField>>;
  /** What it extends, or its list of states, could not be read: an unknown state name is no mistake of its own. */
  readonly isBaseLost: boolean;
  /** Where the base is lost: every state that the base could have had; absent = nobody can say. */
  readonly couldInherit?: ReadonlySet<string> | undefined;
  /** A piece of it could not be read: what follows from the whole (reachability) is not judged. */
  readonly isBroken: boolean;
}

/** Resolves every type; the order in which they stand does not matter. */
export function resolveTypes(
  written: readonly WrittenType[],
  report: Report,
  brokenPaths: readonly JsonPath[] = [],
): readonly ResolvedType[] {
  const byName = new Map(written.map((type) => [type.name, type]));
  const resolved = new Map<string, ResolvedType>();
  const isBroken = (type: WrittenType) =>
    brokenPaths.some((path) => type.path.every((part, index) => path[index] === part));
  const hasStates = (type: WrittenType) =>
    !brokenPaths.some((path) => isSamePath(path, [...type.path, "states"]) || isSamePath(path, type.path));

  const resolve = (type: WrittenType, trail: readonly string[]): ResolvedType => {
    const known = resolved.get(type.name);
    if (known !== undefined) return known;
    const base = baseOf(type, [...trail, type.name]);
    const result = overlay(
      type,
      base?.type,
      {
        isBaseLost: base?.isLost === true || base?.type?.isBaseLost === true || !hasStates(type),
        isBroken: isBroken(type) || base?.type?.isBroken === true,
        couldInherit: hasStates(type) ? (base?.couldInherit ?? base?.type?.couldInherit) : undefined,
      },
      report,
    );
    resolved.set(type.name, result);
    return result;
  };

  const baseOf = (
    type: WrittenType,
    trail: readonly string[],
  ):
    | {
        readonly type?: ResolvedType;
        readonly isLost: boolean;
        readonly couldInherit?: ReadonlySet<string> | undefined;
      }
    | undefined => {
    if (type.extends === undefined) return undefined;
    const path: JsonPath = [...type.path, "extends"];
    const base = byName.get(type.extends);
    if (base === undefined) {
      report({ path, message: `there is no type '${printable(type.extends)}'` });
      return { isLost: true };
    }
    if (trail.includes(base.name)) {
      const members = trail.slice(trail.indexOf(base.name));
      const circle = [...members, base.name].map((name) => printable(name));
      report({ path, message: `types extend one another in a circle: ${circle.join(" → ")}` });
      return { isLost: true, couldInherit: statesOf(members) };
    }
    return { type: resolve(base, trail), isLost: false };
  };

  /** All states of these types; absent where the states of one cannot be read. */
  function statesOf(names: readonly string[]): ReadonlySet<string> | undefined {
    const types = names.flatMap((name) => byName.get(name) ?? []);
    if (!types.every(hasStates)) return undefined;
    return new Set(types.flatMap(({ states }) => states.map(({ name }) => name)));
  }

  return written.map((type) => resolve(type, []));
}

function overlay(
  type: WrittenType,
  base: ResolvedType | undefined,
  state: Pick<ResolvedType, "isBaseLost" | "couldInherit" | "isBroken">,
  report: Report,
): ResolvedType {
  const isLost = state.isBaseLost;
  const states = new Map(base?.states);
  const removedStates = new Set<string>();
  for (const piece of type.states) {
    if (piece.isRemoved) {
      if (remove(states, piece, "state", base, isLost, report)) removedStates.add(piece.name);
    } else states.set(piece.name, placeState(piece, states.get(piece.name)));
  }
  const edges = new Map(base?.edges);
  // An inherited edge goes with the state that it touches; one that this type writes itself is its own mistake.
  for (const [key, { value }] of edges) {
    if (removedStates.has(value.from) || removedStates.has(value.to)) edges.delete(key);
  }
  for (const edge of type.edges) {
    const key = edgeKey(edge.from, edge.to);
    if (edge.given.remove === true) {
      if (edges.delete(key) || isLost) continue;
      report({
        path: edge.path,
        message: `there is no inherited edge from '${printable(edge.from)}' to '${printable(edge.to)}' to remove`,
      });
    } else edges.set(key, placeEdge(edge, edges.get(key)?.value));
  }
  const fields = new Map(base?.fields);
  for (const piece of type.fields) {
    if (piece.isRemoved) remove(fields, piece, "field", base, isLost, report);
    else fields.set(piece.name, placeField(piece, fields.get(piece.name)?.value));
  }
  const own =
    type.initial === undefined ? undefined : { value: type.initial, path: [...type.path, "initial"] };
  return {
    name: type.name,
    path: type.path,
    initial: own ?? base?.initial,
    states,
    edges,
    fields,
    ...state,
  };
}

function isSamePath(left: JsonPath, right: JsonPath): boolean {
  return left.length === right.length && left.every((part, index) => part === right[index]);
}

function edgeKey(from: string, to: string): string {
  return JSON.stringify([from, to]);
}

function remove(
  from: Map<string, unknown>,
  piece: Piece<unknown>,
  what: string,
  base: ResolvedType | undefined,
  isLost: boolean,
  report: Report,
): boolean {
  if (from.delete(piece.name)) return true;
  if (isLost) return false;
  const reason = base === undefined ? "this type extends none" : `'${base.name}' has none of that name`;
  report({
    path: piece.path,
    message: `there is no inherited ${what} '${printable(piece.name)}' to remove: ${reason}`,
  });
  return false;
}

function placeState(piece: Piece<StateInput>, inherited: PlacedState | undefined): PlacedState {
  const { given } = piece;
  const before = inherited?.value;
  return {
    path: piece.path,
    value: {
      name: piece.name,
      final: given?.final ?? before?.final ?? false,
      satisfiesDependants: given?.satisfiesDependants ?? before?.satisfiesDependants ?? false,
      claimable: given?.claimable ?? before?.claimable ?? false,
      roles: given?.roles ?? before?.roles ?? [],
    },
    waitsFor: given?.waitsFor ?? inherited?.waitsFor,
    isSound: given !== undefined && inherited?.isSound !== false,
  };
}

function placeEdge(edge: WrittenEdge, inherited: TicketTransition | undefined) {
  const { given } = edge;
  const name = given.name ?? inherited?.name;
  return {
    path: edge.path,
    fromPath: edge.fromPath,
    value: {
      from: edge.from,
      to: edge.to,
      ...(name !== undefined && { name }),
      effects: given.effects ?? inherited?.effects ?? [],
      guards: given.guards ?? inherited?.guards ?? [],
      before: given.before?.map((hook) => hookOf(hook, defaultBeforeTimeoutMs)) ?? inherited?.before ?? [],
      after: given.after?.map((hook) => hookOf(hook, defaultAfterTimeoutMs)) ?? inherited?.after ?? [],
    },
  };
}

function hookOf(hook: HookInput, timeoutMs: number): HookReference {
  return { name: hook.name, mode: hook.mode ?? "retry", timeoutMs: hook.timeoutMs ?? timeoutMs };
}

function placeField(piece: Piece<FieldInput>, inherited: TicketField | undefined): Placed<TicketField> {
  const { given } = piece;
  const values = given?.values ?? inherited?.values;
  const fallback = given?.default ?? inherited?.default;
  const description = given?.description ?? inherited?.description;
  return {
    path: piece.path,
    value: {
      name: piece.name,
      kind: given?.kind ?? inherited?.kind ?? "string",
      required: given?.required ?? inherited?.required ?? false,
      ...(values !== undefined && { values }),
      ...(fallback !== undefined && { default: fallback }),
      ...(description !== undefined && { description }),
    },
  };
}
