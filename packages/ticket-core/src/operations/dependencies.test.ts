import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cyclicGroups } from "../cycles.js";
import { sampleTicket } from "../sample-tickets.js";
import { byAnn, codeOf, subjectsOf, ticketsInMemory } from "./tickets-in-memory.js";

const plain = (...ids: readonly string[]) => ids.map((id) => sampleTicket(id));

describe("dependencies", () => {
  test("are added and removed, each in one commit; what is there already, or is not, writes nothing", async () => {
    const { tickets, memory } = ticketsInMemory({ tickets: plain("tk-aaaa", "tk-bbbb", "tk-bbcc") });
    await tickets.addDependency("aa", "bbb", byAnn);
    await tickets.addDependency("aa", "bbc", byAnn);
    await tickets.addDependency("aa", "bbb", byAnn);
    expect((await tickets.show("aa")).ticket.dependsOn).toEqual(["tk-bbbb", "tk-bbcc"]);
    await tickets.removeDependency("aa", "bbb", byAnn);
    await tickets.removeDependency("aa", "bbbb", byAnn);
    expect((await tickets.show("aa")).ticket.dependsOn).toEqual(["tk-bbcc"]);
    expect(await subjectsOf(memory)).toEqual([
      "Add dependency to tk-aaaa: tk-bbbb",
      "Add dependency to tk-aaaa: tk-bbcc",
      "Remove dependency from tk-aaaa: tk-bbbb",
    ]);
  });

  test("on what does not exist are refused; one that dangles can be removed", async () => {
    const { tickets } = ticketsInMemory({ tickets: [sampleTicket("tk-aaaa", { dependsOn: ["tk-gone"] })] });
    expect(await codeOf(tickets.addDependency("aa", "zzzz", byAnn))).toBe("TICKET_NOT_FOUND");
    expect((await tickets.removeDependency("aa", "gone", byAnn)).ticket.dependsOn).toEqual([]);
  });

  test("one that closes a cycle is refused with the path, whichever way it comes in", async () => {
    const { tickets } = ticketsInMemory({
      tickets: [
        sampleTicket("tk-aaaa"),
        sampleTicket("tk-bbbb", { dependsOn: ["tk-aaaa", "tk-gone"] }),
        sampleTicket("tk-cccc", { dependsOn: ["tk-bbbb"] }),
      ],
    });
    const cycle = { code: "DEPENDENCY_CYCLE", data: { path: ["tk-aaaa", "tk-cccc", "tk-bbbb", "tk-aaaa"] } };
    await expect(tickets.addDependency("aa", "cc", byAnn)).rejects.toMatchObject(cycle);
    const byHand = tickets.update("aa", (one) => ({ ...one, dependsOn: ["tk-cccc"] }), byAnn);
    await expect(byHand).rejects.toMatchObject(cycle);
    const base = await tickets.show("aa");
    await expect(
      tickets.merge(base, { ...base.ticket, dependsOn: ["tk-cccc"] }, byAnn),
    ).rejects.toMatchObject(cycle);
    expect(await codeOf(tickets.addDependency("aa", "aa", byAnn))).toBe("DEPENDENCY_CYCLE");
    // By way of a ticket that is missing now and is made later.
    const late = sampleTicket("tk-gone", { dependsOn: ["tk-cccc"] });
    expect(await codeOf(tickets.merge(undefined, late, byAnn))).toBe("DEPENDENCY_CYCLE");
  });

  test("two that cross at one instant: exactly one is refused", async () => {
    for (let round = 0; round < 25; round += 1) {
      const { tickets } = ticketsInMemory({ tickets: plain("tk-aaaa", "tk-bbbb") });
      const codes = await Promise.all([
        codeOf(tickets.addDependency("aaaa", "bbbb", byAnn)),
        codeOf(tickets.addDependency("bbbb", "aaaa", byAnn)),
      ]);
      expect(codes.toSorted()).toEqual(["DEPENDENCY_CYCLE", "done"]);
    }
  });

  test("three that close a ring over other tickets at one instant: at least one is refused, no cycle comes to be", async () => {
    const { tickets } = ticketsInMemory({
      tickets: [
        sampleTicket("tk-aaaa"),
        sampleTicket("tk-abab", { dependsOn: ["tk-bbbb"] }),
        sampleTicket("tk-bbbb"),
        sampleTicket("tk-cccc"),
      ],
    });
    const codes = await Promise.all([
      codeOf(tickets.addDependency("aaaa", "abab", byAnn)),
      codeOf(tickets.addDependency("bbbb", "cccc", byAnn)),
      codeOf(tickets.addDependency("cccc", "aaaa", byAnn)),
    ]);
    expect(codes.toSorted()).toEqual(["DEPENDENCY_CYCLE", "done", "done"]);
    expect((await tickets.doctor()).findings).toEqual([]);
  });

  test("however additions and removals fall together, there is never a cycle, and what was acknowledged is there", async () => {
    const ids = ["tk-aaaa", "tk-bbbb", "tk-cccc", "tk-dddd"];
    const step = fc.record({
      of: fc.constantFrom(...ids),
      on: fc.constantFrom(...ids),
      isRemoval: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(step, { minLength: 1, maxLength: 6 }), { maxLength: 4 }),
        async (rounds) => {
          const { tickets } = ticketsInMemory({ tickets: plain(...ids) });
          for (const steps of rounds) {
            const codes = await Promise.all(
              steps.map(({ of, on, isRemoval }) =>
                codeOf(
                  isRemoval ? tickets.removeDependency(of, on, byAnn) : tickets.addDependency(of, on, byAnn),
                ),
              ),
            );
            const { tickets: records } = await tickets.list();
            const links = new Map(records.map(({ ticket }) => [ticket.id, ticket.dependsOn]));
            const groups = cyclicGroups(ids, (id) => links.get(id) ?? []);
            expect(groups.every((group) => group.length === 1)).toBe(true);
            for (const [index, { of, on, isRemoval }] of steps.entries()) {
              expect(["done", "DEPENDENCY_CYCLE"]).toContain(codes[index]);
              const isUndisputed = !steps.some(
                (other) => other.of === of && other.on === on && other.isRemoval !== isRemoval,
              );
              if (codes[index] === "done" && isUndisputed)
                expect(links.get(of)?.includes(on)).toBe(!isRemoval);
            }
          }
        },
      ),
      { numRuns: 40 },
    );
  }, 60_000);
});
