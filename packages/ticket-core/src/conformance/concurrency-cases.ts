import type { CommitReceipt } from "../backend.js";
import { builtinTypes } from "../builtin-types.js";
import { createTickets } from "../create-tickets.js";
import { isTicketError } from "../errors.js";
import { sampleTicket } from "../sample-tickets.js";
import type { Tickets } from "../tickets.js";
import { check, checkEqual, checkSameSet, describe } from "./assertions.js";
import type { ConformanceCase, ConformanceRun } from "./conformance-case.js";
import { changeOf, commitOf, create, createAll, idsUpTo, newOperationId, person, stored } from "./writes.js";

const writers = 12;

/** All at one instant; the answers of those that won, and what refused the others. */
async function race<Result>(
  attempts: readonly Promise<Result>[],
): Promise<{ readonly won: readonly Result[]; readonly lost: readonly unknown[] }> {
  const settled = await Promise.allSettled(attempts);
  return {
    won: settled.flatMap((end) => (end.status === "fulfilled" ? [end.value] : [])),
    lost: settled.flatMap((end) => (end.status === "rejected" ? [end.reason as unknown] : [])),
  };
}

/** Exactly one won, and each loser got this code. */
function checkOneWinner(
  { won, lost }: { readonly won: readonly unknown[]; readonly lost: readonly unknown[] },
  codes: readonly string[],
): void {
  check(won.length === 1, `${won.length} of ${won.length + lost.length} writers won, not one`);
  for (const error of lost) {
    check(isTicketError(error) && codes.includes(error.code), `a loser was told: ${describe(error)}`);
  }
}

/** Handles for several writers: one each, where the store can be opened again. */
async function handlesOf({ backend, open }: ConformanceRun, count: number) {
  if (open === undefined || !backend.supports.shared) return Array.from({ length: count }, () => backend);
  return Promise.all(Array.from({ length: count }, (_item, index) => (index === 0 ? backend : open())));
}

/** Closes every handle but the store's own. */
async function closeOthers(
  { backend }: ConformanceRun,
  handles: Awaited<ReturnType<typeof handlesOf>>,
): Promise<void> {
  for (const handle of new Set(handles)) if (handle !== backend) await handle.close?.();
}

function ticketsOver(backend: ConformanceRun["backend"]): Tickets {
  const now = () => new Date("2026-01-02T03:04:05Z");
  return createTickets({ backend, types: builtinTypes, now, newId: newOperationId, random: () => 0 });
}

export const concurrencyCases: readonly ConformanceCase[] = [
  {
    rule: "one-winner",
    says: "of many writers from one revision exactly one wins, the others are refused as TICKET_CONFLICT, round after round",
    async run(store) {
      await create(store.backend, sampleTicket("tk-0001"));
      const handles = await handlesOf(store, writers);
      for (const round of [1, 2, 3]) {
        const base = await stored(store.backend, "tk-0001");
        const title = (writer: number) => `Round ${round}, writer ${writer}`;
        const attempts = handles.map((backend, writer) =>
          backend
            .commit(commitOf([changeOf(base, { title: title(writer) })]))
            .then((receipt) => ({ receipt, writer })),
        );
        const result = await race<{ readonly receipt: CommitReceipt; readonly writer: number }>(attempts);
        checkOneWinner(result, ["TICKET_CONFLICT"]);
        const winner = result.won[0]?.writer ?? -1;
        checkEqual((await stored(store.backend, "tk-0001")).ticket.title, title(winner), "what is stored");
      }
      await closeOthers(store, handles);
    },
  },
  {
    rule: "all-land",
    says: "writes to different tickets at one instant all land",
    async run(store) {
      const ids = idsUpTo(writers);
      await createAll(store.backend, ids);
      const bases = await Promise.all(ids.map((id) => stored(store.backend, id)));
      const handles = await handlesOf(store, writers);
      const { lost } = await race(
        bases.map((base, index) =>
          (handles[index] ?? store.backend).commit(commitOf([changeOf(base, { title: `New ${index}` })])),
        ),
      );
      check(lost.length === 0, `${lost.length} writers of their own tickets were refused: ${describe(lost[0])}`);
      const titles = (await store.backend.list()).tickets.map(({ ticket }) => ticket.title);
      checkSameSet(titles, ids.map((_id, index) => `New ${index}`), "the titles stored");
      await closeOthers(store, handles);
    },
  },
  {
    rule: "one-creator",
    says: "of many creates of one id at one instant exactly one wins, the others are refused as TICKET_CONFLICT",
    async run(store) {
      const handles = await handlesOf(store, writers);
      const attempts = handles.map((backend, writer) =>
        create(backend, sampleTicket("tk-0001", { title: `Writer ${writer}` })).then(() => writer),
      );
      const result = await race(attempts);
      checkOneWinner(result, ["TICKET_CONFLICT"]);
      checkEqual((await stored(store.backend, "tk-0001")).ticket.title, `Writer ${result.won[0]}`, "what is stored");
      await closeOthers(store, handles);
    },
  },
  {
    rule: "crossing-requires",
    says: "of two commits at one instant that each require what the other changes, exactly one goes through",
    async run(store) {
      const handles = await handlesOf(store, 2);
      for (const round of [1, 2, 3, 4]) {
        const [left, right] = [`tk-a${round}`, `tk-b${round}`];
        await createAll(store.backend, [left, right]);
        const bases = [await stored(store.backend, left), await stored(store.backend, right)] as const;
        const attempt = (index: 0 | 1) => {
          const [mine, theirs] = [bases[index], bases[index === 0 ? 1 : 0]];
          const requires = [{ id: theirs.ticket.id, revision: theirs.revision }];
          const commit = commitOf([changeOf(mine, { dependsOn: [theirs.ticket.id] })], { requires });
          return (handles[index] ?? store.backend).commit(commit);
        };
        checkOneWinner(await race([attempt(0), attempt(1)]), ["TICKET_CONFLICT"]);
      }
      await closeOthers(store, handles);
    },
  },
  {
    rule: "one-claim",
    says: "of many agents that claim one ticket at one instant exactly one gets it, each other is told who",
    async run(store) {
      await create(store.backend, sampleTicket("tk-0001"));
      const handles = await handlesOf(store, writers);
      const attempts = handles.map((backend, writer) =>
        ticketsOver(backend).claim("tk-0001", `worker-${writer}`, { actor: person }),
      );
      const result = await race(attempts);
      checkOneWinner(result, ["TICKET_HELD"]);
      const { ticket } = await stored(store.backend, "tk-0001");
      checkEqual([ticket.state, ticket.leaseEpoch], ["in-progress", 1], "the claimed ticket");
      checkEqual(result.won[0]?.ticket.assignedAgentId, ticket.assignedAgentId, "who was told to have it");
      for (const error of result.lost) {
        if (!isTicketError(error, "TICKET_HELD")) continue;
        checkEqual(error.data.holder, ticket.assignedAgentId, "the holder that a loser was told");
      }
      await closeOthers(store, handles);
    },
  },
  {
    rule: "crossing-dependencies",
    says: "of two dependencies at one instant that close a cycle exactly one is refused, with the path",
    async run(store) {
      const handles = await handlesOf(store, 2);
      const [first = store.backend, second = store.backend] = handles;
      for (const round of [1, 2, 3, 4]) {
        const [left, right] = [`tk-a${round}`, `tk-b${round}`];
        await createAll(store.backend, [left, right]);
        const result = await race([
          ticketsOver(first).addDependency(left, right, { actor: person }),
          ticketsOver(second).addDependency(right, left, { actor: person }),
        ]);
        checkOneWinner(result, ["DEPENDENCY_CYCLE"]);
      }
      await closeOthers(store, handles);
    },
  },
];
