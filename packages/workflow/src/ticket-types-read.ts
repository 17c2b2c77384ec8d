// From JSON to the pieces of each type as they were written: nothing inherited yet, nothing judged beyond its own shape.
import { printable } from "@wiggum/ticket-core";
import type { JsonPath } from "./json-document.js";
import { isJsonObject, type Report, type Shape, shown } from "./json-shape.js";
import {
  type EdgeInput,
  edgeShape,
  type FieldInput,
  fieldNameProblem,
  fieldShape,
  fileShape,
  type StateInput,
  stateNameProblem,
  stateShape,
  typeNameProblem,
  typeShape,
} from "./ticket-types-schema.js";

/** A piece with the place where it was written. `given` is undefined where the piece is broken (and reported). */
export interface Piece<Given> {
  readonly name: string;
  readonly path: JsonPath;
  readonly given: Given | undefined;
  readonly isRemoved: boolean;
}

export interface WrittenEdge {
  readonly from: string;
  readonly to: string;
  readonly path: JsonPath;
  /** Where `from` stands. */
  readonly fromPath: JsonPath;
  readonly given: EdgeInput;
}

/** One type as it was written. */
export interface WrittenType {
  readonly name: string;
  readonly path: JsonPath;
  readonly extends?: string | undefined;
  readonly initial?: string | undefined;
  readonly states: readonly Piece<StateInput>[];
  readonly edges: readonly WrittenEdge[];
  readonly fields: readonly Piece<FieldInput>[];
}

export interface WrittenTypes {
  readonly defaultType?: string | undefined;
  readonly types: readonly WrittenType[];
}

/** Reads our own shape of the file. */
export function readWrittenTypes(json: unknown, report: Report): WrittenTypes {
  const version = memberOf(json, "schemaVersion");
  if (typeof version === "number" && version > 1) {
    report({
      path: ["schemaVersion"],
      message: `this file has format ${version}, this Wiggum reads format 1: use a newer one`,
    });
    return { types: [] };
  }
  const file = fileShape(json, [], report);
  const listed = file?.types ?? memberOf(json, "types");
  const types: WrittenType[] = [];
  for (const [name, value] of Object.entries(isJsonObject(listed) ? listed : {})) {
    const path: JsonPath = ["types", name];
    const problem = typeNameProblem(name);
    if (problem !== undefined) report({ path, message: problem });
    types.push(readType(name, value, path, report));
  }
  if (file !== undefined && types.length === 0)
    report({ path: ["types"], message: "a project has at least one type" });
  return { defaultType: file?.defaultType, types };
}

function readType(name: string, value: unknown, path: JsonPath, report: Report): WrittenType {
  const type = typeShape(value, path, report);
  // A wrong key of the type must not hide what is wrong with its states and edges.
  const member = (key: string) => memberOf(value, key);
  return {
    name,
    path,
    extends: type === undefined ? textOf(member("extends")) : type.extends,
    initial: type === undefined ? textOf(member("initial")) : type.initial,
    states: readNamed(stateShape, member("states"), [...path, "states"], stateNameProblem, report),
    edges: readEdges(member("transitions"), [...path, "transitions"], report),
    fields: readNamed(fieldShape, member("fields"), [...path, "fields"], fieldNameProblem, report),
  };
}

/** Named pieces: an object by name (`null` removes an inherited one), or a list of names and objects with a `name`. */
function readNamed<Given extends { readonly remove?: boolean | undefined }>(
  shape: Shape<Given>,
  value: unknown,
  path: JsonPath,
  nameProblem: (name: string) => string | undefined,
  report: Report,
): readonly Piece<Given>[] {
  if (value === undefined) return [];
  if (!isJsonObject(value) && !Array.isArray(value)) {
    report({ path, message: `must be an object by name, or a list, not ${shown(value)}` });
    return [];
  }
  const pieces: Piece<Given>[] = [];
  for (const [name, item, at] of Array.isArray(value) ? listed(value, path, report) : entries(value, path)) {
    const problem = nameProblem(name);
    if (problem !== undefined) report({ path: at, message: problem });
    if (pieces.some((piece) => piece.name === name)) {
      report({ path: at, message: `'${printable(name)}' stands here twice` });
      continue;
    }
    const given = item === null ? undefined : shape(item, at, report);
    pieces.push({ name, path: at, given, isRemoved: item === null || given?.remove === true });
  }
  return pieces;
}

type Entry = readonly [name: string, value: unknown, path: JsonPath];

function entries(value: Readonly<Record<string, unknown>>, path: JsonPath): readonly Entry[] {
  return Object.entries(value).map(([name, item]) => [name, item, [...path, name]]);
}

function listed(value: readonly unknown[], path: JsonPath, report: Report): readonly Entry[] {
  return value.flatMap((item, index): readonly Entry[] => {
    const at: JsonPath = [...path, index];
    if (typeof item === "string") return [[item, {}, at]];
    const { name, ...rest } = isJsonObject(item) ? item : {};
    if (typeof name === "string") return [[name, rest, at]];
    report({ path: at, message: `must be a name, or an object with a name, not ${shown(item)}` });
    return [];
  });
}

function readEdges(value: unknown, path: JsonPath, report: Report): readonly WrittenEdge[] {
  if (!Array.isArray(value)) return [];
  const edges: WrittenEdge[] = [];
  value.forEach((item: unknown, index) => {
    const at: JsonPath = [...path, index];
    const given = edgeShape(item, at, report);
    if (given === undefined) return;
    given.from.forEach((from, place) => {
      const fromPath: JsonPath = Array.isArray(memberOf(item, "from"))
        ? [...at, "from", place]
        : [...at, "from"];
      const edge = { from, to: given.to, path: at, fromPath, given };
      if (edges.some((other) => other.from === from && other.to === given.to)) {
        report({
          path: at,
          message: `the edge from '${printable(from)}' to '${printable(given.to)}' stands here twice`,
        });
      } else edges.push(edge);
    });
  });
  return edges;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

export function memberOf(value: unknown, key: string): unknown {
  return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}
