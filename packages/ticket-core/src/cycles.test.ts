import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cycleThrough, cyclicGroups, pathBetween } from "./cycles.js";
import { sampleTicket } from "./sample-tickets.js";
import type { TicketTree } from "./tickets.js";
import { dependencyTree } from "./tree.js";

type Graph = Readonly<Record<string, readonly string[]>>;

const ids = ["a", "b", "c", "d", "e", "f"];
const anyGraph: fc.Arbitrary<Graph> = fc
  .array(fc.subarray(ids), { minLength: ids.length, maxLength: ids.length })
  .map((lists) => Object.fromEntries(ids.map((id, index) => [id, lists[index] ?? []])));

const linksOf = (graph: Graph) => (id: string) => graph[id] ?? [];

/** Everything that an id leads to, found by brute force. */
function reach(graph: Graph, from: string): ReadonlySet<string> {
  const seen = new Set<string>();
  const visit = (id: string) => {
    for (const next of graph[id] ?? []) if (!seen.has(next)) visit(seen.add(next) && next);
  };
  visit(from);
  return seen;
}

describe("paths and groups", () => {
  test("a path is found exactly when there is one, and each of its steps is a link", () => {
    fc.assert(
      fc.property(anyGraph, fc.constantFrom(...ids), fc.constantFrom(...ids), (graph, from, to) => {
        const path = pathBetween(from, to, linksOf(graph));
        expect(path !== undefined).toBe(reach(graph, from).has(to));
        if (path === undefined) return;
        expect([path[0], path.at(-1)]).toEqual([from, to]);
        for (const [index, id] of path.slice(1).entries()) expect(graph[path[index] ?? ""]).toContain(id);
      }),
    );
  });

  test("two ids are in one group exactly when each leads to the other, and groups follow what they depend on", () => {
    fc.assert(
      fc.property(anyGraph, (graph) => {
        const groups = cyclicGroups(ids, linksOf(graph));
        expect(groups.flat().toSorted()).toEqual(ids);
        const groupOf = new Map(groups.flatMap((group, index) => group.map((id) => [id, index] as const)));
        for (const left of ids) {
          for (const right of ids) {
            const areTogether = groupOf.get(left) === groupOf.get(right);
            const reachOther = reach(graph, left).has(right) && reach(graph, right).has(left);
            expect(areTogether).toBe(left === right || reachOther);
            const order = (groupOf.get(left) ?? 0) - (groupOf.get(right) ?? 0);
            if (graph[left]?.includes(right)) expect(order).toBeGreaterThanOrEqual(0);
          }
        }
      }),
    );
  });

  test("a chain of 100,000 is no matter of stack", () => {
    const linkOf = (id: string) => (Number(id) < 100_000 ? [String(Number(id) + 1)] : []);
    expect(cycleThrough("0", linkOf)).toBeUndefined();
    expect(cyclicGroups(["0"], linkOf)).toHaveLength(100_001);
  });
});

describe("dependencyTree", () => {
  const treeOf = (graph: Graph, root: string) =>
    dependencyTree(root, (id) => {
      const dependsOn = graph[id];
      if (dependsOn === undefined) return undefined;
      const ticket = sampleTicket(id, { dependsOn });
      return { ticket, revision: "r", fence: { id, epoch: 0 } };
    });
  const show = (tree: TicketTree): string =>
    `${tree.id}${tree.repeated ? "*" : ""}${tree.record ? "" : "?"}${tree.dependencies.length ? `(${tree.dependencies.map(show).join(" ")})` : ""}`;

  test.each<[Graph, string]>([
    [{ a: [] }, "a"],
    [{ a: ["b", "c"], b: ["c"], c: [] }, "a(b(c) c)"],
    [{ a: ["b", "x"], b: [] }, "a(b x?)"],
    [{ a: ["b"], b: ["a"] }, "a(b(a*))"],
    [{ a: ["a"] }, "a(a*)"],
    [{ r: ["a", "b"], a: ["b"], b: ["a"] }, "r(a(b(a*)) b(a(b*)))"],
    [{ a: ["b", "b"], b: [] }, "a(b)"],
    [{}, "a?"],
  ])("%j", (graph, expected) => {
    expect(show(treeOf(graph, expected[0] ?? ""))).toBe(expected);
  });

  test("in any graph everything that the root leads to is shown, and nothing for ever", () => {
    fc.assert(
      fc.property(anyGraph, (graph) => {
        const seen = new Set<string>();
        const visit = (tree: TicketTree) => {
          seen.add(tree.id);
          if (tree.repeated) expect(tree.dependencies).toEqual([]);
          for (const child of tree.dependencies) visit(child);
        };
        visit(treeOf(graph, "a"));
        expect(seen).toEqual(new Set(["a", ...reach(graph, "a")]));
      }),
    );
  });

  test("diamonds upon diamonds share what is the same", () => {
    const graph: Record<string, string[]> = { n60: [] };
    for (let level = 0; level < 60; level += 1) {
      graph[`n${level}`] = [`l${level}`, `r${level}`];
      graph[`l${level}`] = graph[`r${level}`] = [`n${level + 1}`];
    }
    const tree = treeOf(graph, "n0");
    expect(tree.dependencies[0]?.dependencies[0]).toBe(tree.dependencies[1]?.dependencies[0]);
  });

  test("a chain and a cycle of 20,000 are no matter of stack", () => {
    const record = (last: string) => (id: string) => {
      const dependsOn = [id === "19999" ? last : String(Number(id) + 1)];
      return { ticket: sampleTicket(id, { dependsOn }), revision: "r", fence: { id, epoch: 0 } };
    };
    expect(dependencyTree("0", record("0")).dependencies).toHaveLength(1);
    const found = (id: string) => (id === "20000" ? undefined : record("20000")(id));
    expect(dependencyTree("0", found).dependencies).toHaveLength(1);
  });
});
