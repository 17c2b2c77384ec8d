import type { TicketBackend } from "../backend.js";
import type { Ticket, TicketId } from "../ticket.js";
import { check, checkEqual, checkSameSet, withinDeadline } from "./assertions.js";
import type { ConformanceCase } from "./conformance-case.js";
import { changeOf, commitOf, createAll, rewrite, stored } from "./writes.js";

const pair: readonly TicketId[] = ["tk-0001", "tk-0002"];
const words = ["Alpha", "Beta", "Gamma", "Delta", "Epsilon", "Zeta", "Eta", "Theta"];

/** The body that belongs to a title: long enough for a write in parts to show. */
export function bodyOfTitle(title: string): string {
  return `\n${`${title} `.repeat(2_000)}\nend\n`;
}

/** @throws Error where a ticket is shown with another body than its title says, or one of a pair without the other */
export function checkWhole(tickets: readonly Ticket[]): void {
  for (const { id, title, body } of tickets) {
    check(body === bodyOfTitle(title), `${id} is shown in parts: titled ${title}, its body is another`);
  }
  const titles = new Set(tickets.map(({ title }) => title));
  check(titles.size <= 1, `a commit is shown in parts: ${[...titles].join(" and ")} at one instant`);
}

/** Gives the tickets of `ids` one word after the other, all of them in one commit where there are batches. */
export async function writeWords(backend: TicketBackend, ids: readonly TicketId[]): Promise<void> {
  for (const title of words) {
    const changes = [];
    for (const id of ids)
      changes.push(changeOf(await stored(backend, id), { title, body: bodyOfTitle(title) }));
    await backend.commit(commitOf(changes));
  }
}

/** What people and programs leave in a store by accident, by name. */
const garbage: Readonly<Record<string, string>> = {
  "tk-0a01": "",
  "tk-0a02": "no front matter at all\n",
  "tk-0a03": "---\nid: tk-0a03\nstate: [\n---\n\n# Broken\n",
  "tk-0a04": `---\nid: tk-0a04\nstate: ready\n# ${"x".repeat(300_000)}\nlease_epoch: {\n---\n\n# Long line\n`,
  "tk-0a05": `---\nid: tk-0a05\n"\u001b[2J\u001b]0;owned\u0007": {\n---\n\n# Controls\n`,
  "tk-0a06": `---\nid: tk-0a06\nextra: ${"[".repeat(2_000)}\n---\n\n# Deep\n`,
  "tk-0a07": "---\n<<<<<<< ours\nid: tk-0a07\n=======\nid: tk-0a07\n>>>>>>> theirs\n---\n\n# Conflict\n",
  "tk-0a08": "---\nid: tk-0a08\na: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\nid: tk-0a08\n---\n\n# Twice\n",
};

/** Longest message about one problem, in characters. */
const longestMessage = 2_000;

export const wholenessCases: readonly ConformanceCase[] = [
  {
    rule: "reads-whole",
    says: "whoever reads while others write sees a commit whole or not at all: no half text, no half batch",
    async run({ backend, open, deadlineMs }) {
      const ids = backend.supports.batch ? pair : pair.slice(0, 1);
      await createAll(backend, ids);
      for (const id of ids) await rewrite(backend, id, { title: "Alpha", body: bodyOfTitle("Alpha") });
      if (backend.supports.batch) await writeWords(backend, ids);
      const reader = backend.supports.shared && open !== undefined ? await open() : backend;
      let isWriting = true;
      const looks = async () => {
        for (let look = 0; isWriting || look < 1; look += 1) {
          checkWhole((await reader.list()).tickets.map(({ ticket }) => ticket));
          for (const id of ids) checkWhole([(await stored(reader, id)).ticket]);
          // A store that answers at once must not keep a writer in the same process from what it waits for.
          await new Promise((resolve) => setTimeout(resolve, 0));
        }
      };
      const writing = writeWords(backend, ids).finally(() => {
        isWriting = false;
      });
      await withinDeadline(Promise.all([looks(), writing]), 6 * deadlineMs, "reading beside a writer");
      if (reader !== backend) await reader.close?.();
    },
  },
  // P14
  {
    rule: "diagnostics-bounded",
    says: "of any number of broken texts each is named once, in a short message without control characters, and no other ticket is hidden or held up",
    concerns: ({ canPlant }) => canPlant,
    async run({ backend, plant }) {
      await createAll(backend, pair);
      for (const [id, text] of Object.entries(garbage)) await plant?.(id, text);
      const { tickets, problems } = await backend.list();
      checkSameSet(
        tickets.map(({ ticket }) => ticket.id),
        pair,
        "the tickets that can be read",
      );
      checkSameSet(
        problems.map(({ id }) => id ?? "nobody"),
        Object.keys(garbage),
        "the tickets that the problems name",
      );
      for (const { id, path, line, message } of problems) {
        check(message.length <= longestMessage, `the message about ${id} has ${message.length} characters`);
        check(message !== "", `nothing is said about ${id}`);
        check(!/[\u0000-\u001f\u007f-\u009f]/.test(`${message}${path}`), `control characters about ${id}`);
        check(line === undefined || (Number.isInteger(line) && line >= 1), `${id} is broken in line ${line}`);
      }
      for (const id of pair) {
        await rewrite(backend, id, { title: "Goes on" });
        checkEqual((await stored(backend, id)).ticket.title, "Goes on", `a write of ${id} beside it`);
      }
    },
  },
];
