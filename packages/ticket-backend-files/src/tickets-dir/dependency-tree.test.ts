import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cycleLines, dependencyCycles } from "./dependency-cycles.js";
import { dependencyTree } from "./dependency-tree.js";
import type { ListedTicket } from "./listed-ticket.js";
import { byIdOf } from "./ticket-lines.js";

function tickets(
  graph: Readonly<Record<string, readonly string[]>>,
  status = "open",
): readonly ListedTicket[] {
  return Object.entries(graph).map(([id, deps]) => ({
    id,
    status,
    title: id.toUpperCase(),
    priority: "2",
    deps,
    links: [],
    tags: [],
    assignee: "",
    parent: "",
    isOver: status === "closed",
    isDelivered: status === "closed",
  }));
}

function tree(root: string, graph: Readonly<Record<string, readonly string[]>>, full = false): string {
  return [...dependencyTree(root, byIdOf(tickets(graph)), { full })].join("\n");
}

/** A graph without cycles: every ticket depends on later ones only. */
const acyclic = fc
  .array(fc.array(fc.nat(8), { maxLength: 4 }), { minLength: 1, maxLength: 9 })
  .map((rows) =>
    Object.fromEntries(
      rows.map((row, index) => [
        `n${index}`,
        [...new Set(row)].filter((to) => to > index && to < rows.length).map((to) => `n${to}`),
      ]),
    ),
  );
const anyGraph = fc
  .array(fc.array(fc.nat(6), { maxLength: 3 }), { minLength: 1, maxLength: 6 })
  .map((rows) =>
    Object.fromEntries(rows.map((row, index) => [`n${index}`, [...new Set(row)].map((to) => `n${to}`)])),
  );

function reachable(graph: Readonly<Record<string, readonly string[]>>, root: string): ReadonlySet<string> {
  const found = new Set([root]);
  for (const id of found) for (const next of graph[id] ?? []) if (graph[next] !== undefined) found.add(next);
  return found;
}

describe("dep tree", () => {
  const example = { r: ["b", "c", "d"], b: [], c: [], d: ["c"] };

  test("the example of the contract", () => {
    expect(tree("r", example)).toBe("r [open] R\n├── b [open] B\n└── d [open] D\n    └── c [open] C");
    expect(tree("r", example, true)).toBe(
      "r [open] R\n├── b [open] B\n├── c [open] C\n└── d [open] D\n    └── c [open] C",
    );
  });

  test("the prefix grows by a bar under a ticket that is not the last", () => {
    expect(tree("r", { r: ["a", "z"], a: ["b"], b: [], z: ["y"], y: ["x"], x: [] })).toBe(
      [
        "r [open] R",
        "├── a [open] A",
        "│   └── b [open] B",
        "└── z [open] Z",
        "    └── y [open] Y",
        "        └── x [open] X",
      ].join("\n"),
    );
  });

  test("dependencies without a file, and cycles, end", () => {
    expect(tree("r", { r: ["gone", "a"], a: ["r", "a"] })).toBe("r [open] R\n└── a [open] A");
    expect(tree("r", { r: ["a", "b"], a: ["b"], b: ["a"] }, true).split("\n")).toHaveLength(5);
  });

  test("each ticket once, as far down as the longest way leads", () => {
    fc.assert(
      fc.property(acyclic, (graph) => {
        const lines = tree("n0", graph).split("\n");
        const levels = new Map(lines.map((line) => [/n\d+/.exec(line)?.[0] ?? "", line.indexOf("n") / 4]));
        expect(levels.size).toBe(lines.length);
        expect(new Set(levels.keys())).toEqual(reachable(graph, "n0"));
        const longest = (id: string): number =>
          id === "n0"
            ? 0
            : Math.max(
                ...Object.entries(graph)
                  .filter(([from, deps]) => deps.includes(id) && reachable(graph, "n0").has(from))
                  .map(([from]) => longest(from) + 1),
              );
        for (const [id, level] of levels) expect(level).toBe(longest(id));
      }),
    );
  });

  test("where there are cycles, too, each ticket once", () => {
    fc.assert(
      fc.property(anyGraph, (graph) => {
        const found = tree("n0", graph)
          .split("\n")
          .map((line) => /n\d+/.exec(line)?.[0]);
        expect(new Set(found).size).toBe(found.length);
        expect(new Set(found)).toEqual(reachable(graph, "n0"));
      }),
    );
  });

  test("a chain of 20,000 tickets", () => {
    const chain = Object.fromEntries(
      Array.from({ length: 20_000 }, (_, index) => [`t${index}`, [`t${index + 1}`]]),
    );
    let count = 0;
    for (const _line of dependencyTree("t0", byIdOf(tickets(chain)), { full: false })) count += 1;
    expect(count).toBe(20_000);
  }, 60_000);
});

describe("dep cycle", () => {
  test("a cycle once, from its smallest id; what only leads into it is in none", () => {
    const found = dependencyCycles(tickets({ x: ["c"], c: ["a"], a: ["b"], b: ["c"], s: ["s"], y: ["x"] }));
    expect(found.cycles).toEqual([["a", "b", "c"], ["s"]]);
  });

  test("closed tickets and missing ones are in no cycle", () => {
    expect(dependencyCycles(tickets({ a: ["b"], b: ["a"] }, "closed")).cycles).toEqual([]);
    expect(dependencyCycles(tickets({ a: ["gone"] })).cycles).toEqual([]);
  });

  test("every way round of any graph, none twice, none that is not one", () => {
    fc.assert(
      fc.property(anyGraph, (graph) => {
        const expected: string[] = [];
        const walk = (path: readonly string[]) => {
          const start = path[0] ?? "";
          for (const next of graph[path.at(-1) ?? ""] ?? []) {
            if (next === start) expected.push(path.join());
            else if (graph[next] !== undefined && next > start && !path.includes(next)) walk([...path, next]);
          }
        };
        for (const id of Object.keys(graph)) walk([id]);
        expect(
          dependencyCycles(tickets(graph))
            .cycles.map((cycle) => cycle.join())
            .sort(),
        ).toEqual(expected.sort());
      }),
    );
  });

  test("a knot with more cycles than anybody reads is cut, and says so", () => {
    const ids = Array.from({ length: 12 }, (_, index) => `k${String(index).padStart(2, "0")}`);
    const knot = Object.fromEntries(ids.map((id) => [id, ids]));
    const found = dependencyCycles(tickets(knot));
    expect(found.isCut).toBe(true);
    expect(found.cycles).toHaveLength(1000);
  });

  test("a cycle of 20,000 tickets", () => {
    const ring = Object.fromEntries(
      Array.from({ length: 20_000 }, (_, index) => [`t${index}`, [`t${(index + 1) % 20_000}`]]),
    );
    expect(dependencyCycles(tickets(ring)).cycles[0]).toHaveLength(20_000);
  }, 60_000);

  test("as it is printed", () => {
    const all = tickets({ a: ["b"], b: ["a"], c: ["c"] });
    expect(cycleLines(dependencyCycles(all), all)).toEqual([
      "Cycle 1: a -> b -> a",
      "  a        [open] A",
      "  b        [open] B",
      "",
      "Cycle 2: c -> c",
      "  c        [open] C",
    ]);
  });
});
