// Whatever was written and pushed: index kept all along, index made anew, and no index at all say the same.
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PageRequest, TicketQuery } from "@wiggum/ticket-core";
import { expect, test } from "vitest";
import type { GitBackend } from "../create-git-backend.js";
import { fanFolder } from "../fan-out.js";
import {
  claim,
  commitOf,
  file,
  makeStore,
  rewrite,
  type StoreFixture,
  textOf,
  ticket,
} from "../store.fixture.js";
import { storePaths } from "../store-layout.js";
import { answersWithoutIndex, sorted } from "./without-index.fixture.js";

const queries: readonly (readonly [TicketQuery, PageRequest?])[] = [
  [{}],
  [{}, { limit: 2 }],
  [{ states: ["ready"] }],
  [{ states: ["ready", "in-progress"], labels: ["ui"] }, { limit: 1 }],
  [{ ids: ["tk-0001", "tk-0003", "../x"] }],
  [{ ids: [] }],
  [{ dependsOn: ["tk-0001"] }],
  [{ assignedAgentIds: ["worker-1"] }],
  [{ parents: ["tk-0002"], actionRequired: false }],
  [{ actionRequired: true }],
  [{ text: "NEEDLE" }, { limit: 1 }],
  [{ types: ["bug"], text: "ticket" }],
];

async function checkAgreement(backend: GitBackend, root: string): Promise<void> {
  const reference = answersWithoutIndex(root);
  for (const [query, page] of queries) {
    const expected = reference.list(query, page);
    const listed = await backend.list(query, page);
    expect({ ...listed, problems: sorted(listed.problems) }).toEqual(expected);
    const summed = await backend.summaries(query, page);
    const facts = expected.tickets.map(
      ({ ticket: { body: _body, preamble: _preamble, ...facts }, revision, fence }) => ({
        ticket: facts,
        revision,
        fence,
      }),
    );
    expect(summed.tickets.map(withoutTexts)).toEqual(facts);
    expect([summed.next, summed.asOf, sorted(summed.problems)]).toEqual([
      expected.next,
      expected.asOf,
      expected.problems,
    ]);
  }
  expect(await backend.ids()).toEqual(reference.ids);
  expect(await backend.ids("00")).toEqual(reference.ids.filter((id) => id.includes("00")));
  for (const {
    ticket: { id },
    revision,
  } of reference.list().tickets) {
    expect((await backend.read(id)).record?.revision).toBe(revision);
  }
}

function withoutTexts({ ticket, ...rest }: Awaited<ReturnType<GitBackend["summaries"]>>["tickets"][number]) {
  const {
    body: _body,
    preamble: _preamble,
    ...facts
  } = ticket as typeof ticket & { body?: string; preamble?: string };
  return { ticket: facts, revision: rest.revision, fence: rest.fence };
}

/** Something that happens to a store. */
type Deed = (
  store: StoreFixture,
  backend: GitBackend,
  clone: string,
  pick: (below: number) => number,
) => Promise<unknown>;

const stored = async (backend: GitBackend, pick: (below: number) => number) => {
  const { tickets } = await backend.list();
  return tickets[pick(Math.max(1, tickets.length))];
};
const newId = (pick: (below: number) => number) => `tk-${pick(40).toString(16).padStart(4, "0")}`;

const deeds: Readonly<Record<string, Deed>> = {
  async create(_store, backend, _clone, pick) {
    const id = newId(pick);
    if ((await backend.ids()).includes(id)) return;
    const dependsOn = (pick(2) === 0 ? [] : ["tk-0001", newId(pick)]).filter((each) => each !== id);
    const extra =
      pick(3) === 0 ? { labels: ["ui", `area-${pick(3)}`], parent: "tk-0002" } : { priority: pick(5) };
    await file(backend, id, { ...extra, dependsOn, body: pick(2) === 0 ? "\nneedle\n" : "\n" }).catch(
      ignoreTaken,
    );
  },
  async change(_store, backend, _clone, pick) {
    const record = await stored(backend, pick);
    if (record === undefined) return;
    const actionRequired = pick(3) === 0 ? { reason: "decide" } : undefined;
    await rewrite(backend, record, { title: `Changed ${pick(100)}`, priority: pick(5), actionRequired });
  },
  async claim(_store, backend, _clone, pick) {
    const record = await stored(backend, pick);
    if (record?.ticket.state === "ready")
      await rewrite(backend, record, claim("worker-1", record.ticket.leaseEpoch + 1));
  },
  async delete(_store, backend, _clone, pick) {
    const record = await stored(backend, pick);
    if (record === undefined) return;
    await backend.commit(commitOf([{ id: record.ticket.id, expected: record.revision, next: null }]));
  },
  async attach(_store, backend, _clone, pick) {
    const record = await stored(backend, pick);
    if (record === undefined) return;
    const { operationId, actor, at } = commitOf([]);
    const content = Buffer.from(`content ${pick(1000)}`);
    await backend.attachments
      .add({ id: record.ticket.id, name: "note.txt", content, operationId, actor, at })
      .catch(ignoreTaken);
  },
  async "push a legal ticket"(store, backend, clone, pick) {
    const id = newId(pick);
    if (!(await backend.ids()).includes(id))
      store.push(clone, { [`${id}.md`]: textOf(ticket(id, { labels: ["ui"] })) });
  },
  async "push an illegal state"(store, backend, clone, pick) {
    const record = await stored(backend, pick);
    if (record === undefined) return;
    store.push(clone, {
      [`${record.ticket.id}.md`]: textOf({
        ...record.ticket,
        state: "no-such",
        title: `By hand ${pick(1000)}`,
      }),
    });
  },
  async "push what cannot be read"(store, backend, clone, pick) {
    const id = pick(2) === 0 ? newId(pick) : ((await stored(backend, pick))?.ticket.id ?? "tk-0001");
    store.push(clone, { [`${id}.md`]: `no front matter ${pick(1000)}\n` });
  },
  async "push foreign things"(store, _backend, clone, pick) {
    store.plainIn(clone, "pull", "-q", "--rebase");
    const folder = join(clone, newId(pick));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `stray-${pick(100)}`), "x");
    if (pick(3) === 0) symlinkSync("nowhere", join(clone, `link-${pick(1000)}`));
    store.push(clone, { [`stray-${pick(3)}.txt`]: `${pick(1000)}` });
  },
  async "push a deletion"(store, _backend, clone, pick) {
    store.plainIn(clone, "pull", "-q", "--rebase");
    const names = store
      .plainIn(clone, "ls-files", "*.md")
      .split("\n")
      .filter((name) => /(?:^|\/)tk-/.test(name));
    const name = names[pick(Math.max(1, names.length))];
    if (name !== undefined) store.push(clone, { [name]: null });
  },
  async "push a file to another place"(store, backend, clone, pick) {
    const record = await stored(backend, pick);
    const id = record === undefined || pick(3) === 0 ? newId(pick) : record.ticket.id;
    const folder = ["", `${fanFolder(id)}/`, "ab/"][pick(3)] ?? "";
    const text = textOf(
      record === undefined ? ticket(id) : { ...record.ticket, id, title: `Twice ${pick(9)}` },
    );
    store.push(clone, { [`${folder}${id}.md`]: text });
  },
  async relayout(_store, backend, _clone, pick) {
    await backend.relayout(pick(2) === 0 ? "flat" : "fan-out");
  },
  async "put back and tidy"(_store, backend, _clone, pick) {
    await backend.putBack({ isTidied: pick(2) === 0 });
  },
};

function ignoreTaken(error: { readonly code?: string }): void {
  if (!["TICKET_CONFLICT", "ATTACHMENT_CONFLICT"].includes(error.code ?? "")) throw error;
}

// P7: index and store never tell two stories.
test.each([1, 2, 3, 4, 5, 6])(
  "a random history of writes and raw pushes (%i)",
  async (seed) => {
    let state = seed * 7919;
    const pick = (below: number) => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
      return Math.floor((state / 0x80000000) * below);
    };
    const store = await makeStore({}, seed % 2 === 0 ? "fan-out" : "plain");
    const clone = store.clone();
    const byTypes = store.open({ judgedBy: "the types" });
    for (let step = 0; step < 18; step++) {
      const names = Object.keys(deeds);
      // Something has to be there before it can be broken.
      const name = step < 3 ? "create" : (names[pick(names.length)] ?? "create");
      await deeds[name]?.(store, store.backend, clone, pick);
      const backend = [store.backend, byTypes, store.open()][pick(3)] ?? byTypes;
      await checkAgreement(backend, store.root);
      if (pick(4) > 0) continue;
      rmSync(join(store.root, storePaths.index), { force: true });
      await checkAgreement(store.open(), store.root);
    }
    await checkAgreement(store.backend, store.root);
    await checkAgreement(byTypes, store.root);
  },
  240_000,
);
