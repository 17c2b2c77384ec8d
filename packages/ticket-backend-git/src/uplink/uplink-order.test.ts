import { isTicketError, type Ticket } from "@wiggum/ticket-core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { agreed, all, claim, commitOf, file, ticket } from "../store.fixture.js";
import { type Host, makeHosts, tipOf } from "./uplink.fixture.js";

const ids = ["tk-aaaa", "tk-bbbb"] as const;

/** Something that one host does to one ticket. `value` makes it one of a kind, or the same as another host's. */
interface Deed {
  readonly host: 0 | 1;
  readonly id: (typeof ids)[number];
  readonly kind: "label" | "title" | "priority" | "claim" | "hand in" | "create" | "sync";
  readonly value: number;
}

const deed = (kinds: readonly Deed["kind"][]): fc.Arbitrary<Deed> =>
  fc.record({
    host: fc.constantFrom(0, 1),
    id: fc.constantFrom(...ids),
    kind: fc.constantFrom(...kinds),
    value: fc.integer({ min: 0, max: 3 }),
  });

function changeOf({ kind, value }: Deed, now: Ticket, serial: string): Partial<Ticket> {
  if (kind === "label") return { labels: [...now.labels, serial] };
  if (kind === "title") return { title: `Title ${value}` };
  if (kind === "priority") return { priority: value };
  if (kind === "claim") return claim(`worker-${value}`, now.leaseEpoch + 1);
  return { state: "review" };
}

/** Answers the operation's id if it was acknowledged. */
async function perform(host: Host, one: Deed, serial: string): Promise<string | undefined> {
  const operationId = `${host.name}-${serial}`;
  try {
    if (one.kind === "create") {
      const id = `tk-${host.name}-${serial}`;
      await host.backend.commit(commitOf([{ id, expected: null, next: ticket(id) }], { operationId }));
      return operationId;
    }
    const { record } = await host.backend.read(one.id);
    if (record === undefined) throw new Error("It is gone");
    const next = { ...record.ticket, ...changeOf(one, record.ticket, `${host.name}-${serial}`) };
    await host.backend.commit(commitOf([{ id: one.id, expected: record.revision, next }], { operationId }));
    return operationId;
  } catch (error) {
    // Not legal in the state that the ticket is in here.
    if (isTicketError(error)) return undefined;
    throw error;
  }
}

const prepared = () =>
  makeHosts(async (backend) => {
    for (const id of ids) await file(backend, id, { labels: ["old"] });
  });

/** Until neither has anything that the other lacks. */
async function settle(hosts: readonly Host[]): Promise<void> {
  for (const host of [...hosts, ...hosts]) await host.uplink.sync();
}

describe("whatever two hosts do, in whatever order they sync", () => {
  it("ends with one history in which every acknowledged operation is once, or is named as refused", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(deed(["label", "title", "priority", "claim", "hand in", "create", "sync"]), {
          minLength: 6,
          maxLength: 14,
        }),
        async (deeds) => {
          const { first, second } = await prepared();
          const hosts = [first, second] as const;
          const acknowledged: string[] = [];
          for (const [index, one] of deeds.entries()) {
            const host = hosts[one.host];
            if (one.kind === "sync") await host.uplink.sync();
            else acknowledged.push(...[(await perform(host, one, String(index))) ?? []].flat());
          }
          await settle(hosts);

          expect(tipOf(first)).toBe(tipOf(second));
          const refused = new Set(
            hosts.flatMap(({ uplink }) => uplink.refused().map(({ operationId }) => operationId)),
          );
          for (const host of hosts) {
            const { tickets, problems } = await agreed(host);
            expect(problems).toEqual([]);
            expect(host.plain("fsck", "--strict", "--no-dangling")).toBe("");
            const told = await all(host.open().watch(undefined, { follow: false }));
            const times = new Map<string, number>();
            for (const { operationId = "" } of told)
              times.set(operationId, (times.get(operationId) ?? 0) + 1);
            const labels = new Set(tickets.flatMap((record) => record.ticket.labels));
            for (const [index, one] of deeds.entries()) {
              const operationId = `${hosts[one.host].name}-${index}`;
              if (!acknowledged.includes(operationId)) continue;
              const isIn = !refused.has(operationId);
              expect([operationId, times.get(operationId) ?? 0]).toEqual([operationId, isIn ? 1 : 0]);
              const { status } = await host.open().outcome(operationId);
              expect([operationId, status]).toEqual([operationId, isIn ? "committed" : "absent"]);
              // What either side added is there.
              if (one.kind === "label" && isIn) expect(labels).toContain(operationId);
            }
          }
          // A label never clashes with anything.
          for (const [index, { kind, host }] of deeds.entries()) {
            if (kind === "label") expect(refused).not.toContain(`${hosts[host].name}-${index}`);
          }
          for (const { uplink } of hosts) {
            for (const { commit } of uplink.refused()) {
              for (const host of hosts) host.plain("merge-base", "--is-ancestor", commit, "main");
            }
          }
        },
      ),
      { numRuns: 6, endOnFailure: true },
    );
  }, 240_000);

  it("leaves the same tickets, whoever is sent first, where nothing clashes", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(deed(["label", "title", "priority", "create"]), { minLength: 3, maxLength: 8 }),
        async (deeds) => {
          const results: unknown[] = [];
          for (const order of [
            [0, 1],
            [1, 0],
          ] as const) {
            const { first, second } = await prepared();
            const hosts = [first, second] as const;
            for (const [index, one] of deeds.entries()) {
              // One host gives titles, the other priorities: whatever else they do goes together.
              const host = one.kind === "title" ? 0 : one.kind === "priority" ? 1 : one.host;
              await perform(hosts[host], { ...one, host }, String(index));
            }
            await settle(order.map((index) => hosts[index]));
            expect(hosts.flatMap(({ uplink }) => uplink.refused())).toEqual([]);
            const { tickets } = await second.open().list();
            results.push(tickets.map((record) => record.text));
          }
          expect(results[0]).toEqual(results[1]);
        },
      ),
      { numRuns: 4, endOnFailure: true },
    );
  }, 240_000);
});
