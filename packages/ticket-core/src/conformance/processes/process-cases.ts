// Rules that several processes at once are held to. What starts them is loaded when such a rule runs: elsewhere the kit knows no Node.
import type { CommitReceipt, TicketBackend } from "../../backend.js";
import { isTicketError } from "../../errors.js";
import { sampleTicket } from "../../sample-tickets.js";
import type { Ticket, TicketId } from "../../ticket.js";
import { check, checkEqual, checkSameSet, describe, withinDeadline } from "../assertions.js";
import type { ConformanceAbilities, ConformanceCase, ConformanceRun } from "../conformance-case.js";
import { bodyOfTitle, checkWhole } from "../wholeness-cases.js";
import { all, changeOf, commitOf, create, createAll, idsUpTo, rewrite, stored } from "../writes.js";
import type { OtherProcess } from "./other-processes.js";

const concerns = ({ backend, canOpenElsewhere }: ConformanceAbilities) =>
  backend.supports.shared && canOpenElsewhere;

const processCount = 4;

async function withProcesses(
  { elsewhere }: ConformanceRun,
  work: (processes: readonly OtherProcess[]) => Promise<void>,
  count = processCount,
): Promise<void> {
  check(elsewhere !== undefined, "the store says how other processes open it");
  const { withOtherProcesses } = await import("./other-processes.js");
  await withOtherProcesses(elsewhere, count, work);
}

const countOf = (value: unknown): number => Number(value ?? 0);

/** Each starts processes, and waits for what they do. */
const limitMs = 180_000;

const rules: readonly ConformanceCase[] = [
  // P1 P3
  {
    rule: "processes-compare-and-swap",
    says: "of writers in several processes, from one revision at one instant, exactly one wins; the others are refused as TICKET_CONFLICT",
    concerns,
    async run(store) {
      const { backend } = store;
      await create(backend, sampleTicket("tk-0001"));
      await withProcesses(store, async (processes) => {
        for (const round of [1, 2, 3, 4, 5]) {
          const base = await stored(backend, "tk-0001");
          const commits = processes.map((_process, index) =>
            commitOf([changeOf(base, { title: `Process ${index} of round ${round}` })]),
          );
          const ends = await Promise.allSettled(
            processes.map((process, index) => process.ask({ call: "commit", argument: commits[index] })),
          );
          const won = ends.flatMap(({ status }, index) => (status === "fulfilled" ? [index] : []));
          check(won.length === 1, `${won.length} of ${processes.length} processes won in round ${round}`);
          for (const end of ends) {
            if (end.status === "fulfilled") continue;
            check(isTicketError(end.reason, "TICKET_CONFLICT"), `a loser was told: ${describe(end.reason)}`);
          }
          const { title } = (await stored(backend, "tk-0001")).ticket;
          checkEqual(title, `Process ${won[0]} of round ${round}`, "the title after the race");
        }
      });
    },
  },
  // P1
  {
    rule: "processes-lose-nothing",
    says: "several processes that count up one ticket by compare-and-swap lose no step, and the history has each once",
    concerns,
    async run(store) {
      const { backend } = store;
      const times = 8;
      await create(backend, sampleTicket("tk-0001"));
      await withProcesses(store, async (processes) => {
        await Promise.all(
          processes.map((process) => process.ask({ call: "count", argument: { id: "tk-0001", times } })),
        );
        const expected = Array.from({ length: processes.length * times }, (_item, index) => index + 1);
        const told = processes.flatMap(({ counted }) => counted).toSorted((left, right) => left - right);
        checkEqual(told, expected, "the counts that were acknowledged");
        const { ticket } = await stored(backend, "tk-0001");
        checkEqual(ticket.fields["count"], expected.length, "the count that is stored");
        if (!backend.supports.history) return;
        const kept = (await all(backend.history?.("tk-0001"))).slice(1);
        checkEqual(
          kept.map(({ after }) => after?.ticket.fields["count"]),
          expected,
          "the counts in the history",
        );
      });
    },
  },
  // P17
  {
    rule: "processes-operation-once",
    says: "one operation id sent by several processes, at one instant or later, has one effect and one result",
    concerns,
    async run(store) {
      const { backend } = store;
      await create(backend, sampleTicket("tk-0001"));
      await withProcesses(store, async (processes) => {
        for (const round of [1, 2, 3]) {
          const base = await stored(backend, "tk-0001");
          const commit = commitOf([changeOf(base, { title: `Once in round ${round}` })]);
          const receipts = (await Promise.all(
            processes.map((process) => process.ask({ call: "commit", argument: commit })),
          )) as readonly CommitReceipt[];
          const firsts = receipts.filter(({ already }) => !already);
          check(firsts.length === 1, `${firsts.length} of ${receipts.length} were told to be the first`);
          for (const receipt of receipts) {
            checkEqual({ ...receipt, already: false }, { ...firsts[0] }, "the receipt of a process");
          }
          await rewrite(backend, "tk-0001", { title: `Later in round ${round}` });
          const later = await stored(backend, "tk-0001");
          const again = (await processes[0]?.ask({ call: "commit", argument: commit })) as CommitReceipt;
          checkEqual(again.already, true, "already, of a repetition in another process");
          checkEqual(await stored(backend, "tk-0001"), later, "the ticket after the repetition");
        }
      });
    },
  },
  // P13
  {
    rule: "processes-killed",
    says: "processes that are killed while they write leave nothing behind: what they were told is stored, nothing is half done, and others write on",
    concerns,
    async run(store) {
      const { backend, deadlineMs } = store;
      const ids = idsUpTo(3);
      await createAll(backend, ids);
      for (const round of [1, 2]) {
        await withProcesses(
          store,
          async (processes) => {
            const pairs = processes.map((process, index) => ({ process, id: ids[index] ?? "" }));
            for (const { process, id } of pairs) {
              // Rejected when it is killed.
              process.ask({ call: "count", argument: { id, times: 1_000_000 } }).catch(() => {});
            }
            const underWay = (async () => {
              while (!processes.every(({ counted }) => counted.length >= 3)) await turn();
            })();
            await withinDeadline(underWay, 6 * deadlineMs, "the first steps of all processes");
            await Promise.all(processes.map((process) => process.kill()));
            for (const { process, id } of pairs) {
              const kept = countOf((await stored(backend, id)).ticket.fields["count"]);
              const told = process.counted.at(-1) ?? 0;
              check(kept === told || kept === told + 1, `${id}: told ${told} steps, stored are ${kept}`);
            }
          },
          ids.length,
        );
        for (const id of ids) {
          const write = rewriteAfterKill(backend, id, { title: `After kill ${round}` });
          await withinDeadline(write, 3 * deadlineMs, "a write after writers were killed");
        }
        checkEqual((await backend.list()).problems, [], "the problems afterwards");
      }
    },
  },
  {
    rule: "processes-read-whole",
    says: "whoever reads while another process writes sees a commit whole or not at all",
    concerns,
    async run(store) {
      const { backend, deadlineMs } = store;
      const ids = idsUpTo(backend.supports.batch ? 2 : 1);
      for (const id of ids) {
        await create(backend, sampleTicket(id, { title: "Alpha", body: bodyOfTitle("Alpha") }));
      }
      await withProcesses(
        store,
        async ([process]) => {
          let isWriting = true;
          const writing = process?.ask({ call: "words", argument: ids }).finally(() => {
            isWriting = false;
          });
          const reading = (async () => {
            while (isWriting) {
              checkWhole((await backend.list()).tickets.map(({ ticket }) => ticket));
              await turn();
            }
          })();
          await withinDeadline(Promise.all([reading, writing]), 6 * deadlineMs, "a writer elsewhere");
        },
        1,
      );
    },
  },
  {
    rule: "processes-watch",
    says: "watch tells what other processes commit, each change once, none missed",
    concerns: (abilities) => concerns(abilities) && abilities.backend.supports.watch,
    async run(store) {
      const { backend, deadlineMs } = store;
      const ids = idsUpTo(processCount);
      await createAll(backend, ids);
      const times = 4;
      const { cursor } = await backend.list();
      const ending = new AbortController();
      const seen: string[] = [];
      const following = (async () => {
        for await (const { id, after } of backend.watch?.(cursor, { signal: ending.signal }) ?? []) {
          if (id === "tk-last") return true;
          seen.push(`${id} ${after?.ticket.fields["count"]}`);
        }
        return false;
      })();
      try {
        await withProcesses(store, async (processes) => {
          await Promise.all(
            processes.map((process, index) =>
              process.ask({ call: "count", argument: { id: ids[index] ?? "", times } }),
            ),
          );
        });
        await create(backend, sampleTicket("tk-last"));
        const told = withinDeadline(following, 3 * deadlineMs, `watch, which gave ${seen.length} changes`);
        check(await told, "watch ended by itself");
      } finally {
        ending.abort();
      }
      const counts = Array.from({ length: times }, (_item, index) => index + 1);
      checkSameSet(
        seen,
        ids.flatMap((id) => counts.map((count) => `${id} ${count}`)),
        "the changes",
      );
    },
  },
];

export const processCases: readonly ConformanceCase[] = rules.map((rule) => ({ ...rule, limitMs }));

/** Lets input and output have their turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}

/**
 * A write that was on its way to a server when its process was killed may still arrive. It is one at most, since each process waited for the answer: whoever
 * is refused because of it reads again, and is not refused again.
 */
async function rewriteAfterKill(
  backend: TicketBackend,
  id: TicketId,
  change: Partial<Ticket>,
): Promise<void> {
  try {
    await rewrite(backend, id, change);
  } catch (error) {
    if (!isTicketError(error, "TICKET_CONFLICT")) throw error;
    await rewrite(backend, id, change);
  }
}
