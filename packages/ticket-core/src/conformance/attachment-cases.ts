import { isTicketError } from "../errors.js";
import { sampleTicket } from "../sample-tickets.js";
import { check, checkEqual, checkRefused, describe } from "./assertions.js";
import {
  additionOf,
  allBytes,
  attach,
  bytesOf,
  contentOf,
  hostileNames,
  namesOf,
  orderOf,
  portOf,
} from "./attachment-writes.js";
import type { ConformanceAbilities, ConformanceCase } from "./conformance-case.js";
import { race } from "./race.js";
import { all, commitOf, create, createAll, createClaimed, rewrite, stored, worker } from "./writes.js";

const concerns = ({ backend }: ConformanceAbilities) => backend.supports.attachments;

export const attachmentCases: readonly ConformanceCase[] = [
  {
    rule: "attachments",
    says: "what is attached is listed by name and read byte for byte, whatever the bytes; what is not there is refused as ATTACHMENT_NOT_FOUND",
    concerns,
    async run({ backend }) {
      const port = portOf(backend);
      await createAll(backend, ["tk-0001"]);
      checkEqual(await port.list("tk-0001"), [], "the attachments of a new ticket");
      const texts = { "b.txt": "second", "a b.txt": "a\r\nb\n", "Über 漢字 🧵.md": "x", "empty.log": "" };
      for (const [name, text] of Object.entries(texts)) await attach(backend, "tk-0001", name, text);
      const all256 = await attach(backend, "tk-0001", "all.bin", allBytes);
      const names = [...Object.keys(texts), "all.bin"].toSorted();
      const listed = await port.list("tk-0001");
      checkEqual(
        listed.map(({ name }) => name),
        names,
        "the names, in order",
      );
      checkEqual(
        listed.find(({ name }) => name === "all.bin"),
        { ...all256, name: "all.bin", bytes: allBytes.length },
        "what is listed of a file",
      );
      checkEqual(await contentOf(backend, "tk-0001", "all.bin"), [...allBytes], "the bytes");
      for (const [name, text] of Object.entries(texts)) {
        checkEqual(await contentOf(backend, "tk-0001", name), [...bytesOf(text)], `the bytes of ${name}`);
      }
      await port.remove({ ...orderOf("tk-0001", "all.bin"), revision: all256.revision });
      await checkRefused(port.read("tk-0001", "all.bin"), "ATTACHMENT_NOT_FOUND", "what was removed");
      checkEqual(
        await namesOf(backend, "tk-0001"),
        names.filter((name) => name !== "all.bin"),
        "what is left",
      );
      const again = { ...orderOf("tk-0001", "all.bin"), revision: all256.revision };
      await checkRefused(port.remove(again), "ATTACHMENT_NOT_FOUND", "a removal of what is gone");
    },
  },
  {
    rule: "attachments-of-ticket",
    says: "an attachment belongs to its ticket alone: others do not have it, none is without a ticket, and it goes with the ticket",
    concerns,
    async run({ backend }) {
      const port = portOf(backend);
      await createAll(backend, ["tk-0001", "tk-0002"]);
      await attach(backend, "tk-0001", "log.txt", "first");
      await attach(backend, "tk-0002", "log.txt", "second");
      checkEqual(await contentOf(backend, "tk-0001", "log.txt"), [...bytesOf("first")], "the one's");
      checkEqual(await contentOf(backend, "tk-0002", "log.txt"), [...bytesOf("second")], "the other's");
      const ghost = port.add(additionOf("tk-0009", "log.txt", "x"));
      await checkRefused(ghost, "TICKET_NOT_FOUND", "an attachment of a ticket that does not exist");
      await checkRefused(port.list("tk-0009"), "TICKET_NOT_FOUND", "a list for such a ticket");
      await checkRefused(port.read("tk-0009", "log.txt"), "TICKET_NOT_FOUND", "a read for such a ticket");
      await checkRefused(port.list("../x"), "ID_INVALID", "a list for what is no id");
      await rewrite(backend, "tk-0001", null);
      await checkRefused(port.list("tk-0001"), "TICKET_NOT_FOUND", "a list for a deleted ticket");
      await create(backend, sampleTicket("tk-0001"));
      checkEqual(await namesOf(backend, "tk-0001"), [], "the attachments of a ticket that was created anew");
      checkEqual(await namesOf(backend, "tk-0002"), ["log.txt"], "the attachments of the other");
    },
  },
  {
    rule: "attachments-compare-and-swap",
    says: "an addition over what is there, or a replacement or removal of another content than was seen, is refused as ATTACHMENT_CONFLICT; of several at one instant one wins",
    concerns,
    async run(store) {
      const { backend } = store;
      const port = portOf(backend);
      await createAll(backend, ["tk-0001"]);
      const first = await attach(backend, "tk-0001", "log.txt", "first");
      const over = port.add(additionOf("tk-0001", "log.txt", "over"));
      const { data } = await checkRefused(over, "ATTACHMENT_CONFLICT", "an addition over what is there");
      checkEqual([data.id, data.name, data.current], ["tk-0001", "log.txt", first], "what the refusal names");
      const second = await attach(backend, "tk-0001", "log.txt", "second", { replaces: first.revision });
      check(second.revision !== first.revision, "two contents have one revision");
      const late = port.add(additionOf("tk-0001", "log.txt", "late", { replaces: first.revision }));
      await checkRefused(late, "ATTACHMENT_CONFLICT", "a replacement of what was replaced");
      const removal = { ...orderOf("tk-0001", "log.txt"), revision: first.revision };
      await checkRefused(port.remove(removal), "ATTACHMENT_CONFLICT", "a removal of what was replaced");
      const none = port.add(additionOf("tk-0001", "none.txt", "x", { replaces: first.revision }));
      await checkRefused(none, "ATTACHMENT_CONFLICT", "a replacement of nothing");
      checkEqual(await contentOf(backend, "tk-0001", "log.txt"), [...bytesOf("second")], "what is stored");
      for (const { replaces, name } of [
        { name: "new.txt" },
        { name: "log.txt", replaces: second.revision },
      ]) {
        const { won, lost } = await race(store, 6, (handle, title) =>
          portOf(handle).add(additionOf("tk-0001", name, title, replaces === undefined ? {} : { replaces })),
        );
        check(won.length === 1, `${won.length} of 6 writers of ${name} won, not one`);
        for (const error of lost) {
          check(isTicketError(error, "ATTACHMENT_CONFLICT"), `a loser was told: ${describe(error)}`);
        }
        checkEqual(
          await contentOf(backend, "tk-0001", name),
          [...bytesOf(won[0] ?? "")],
          "the winner's bytes",
        );
      }
    },
  },
  {
    rule: "attachments-all-land",
    says: "attachments under different names and writes of their ticket, at one instant, all land",
    concerns,
    async run(store) {
      const { backend } = store;
      await createAll(backend, ["tk-0001"]);
      const { lost } = await race(store, 6, (handle, title, index) =>
        index === 0
          ? rewrite(handle, "tk-0001", { title })
          : portOf(handle).add(additionOf("tk-0001", `${index}.txt`, title)),
      );
      check(lost.length === 0, `${lost.length} of 6 were refused: ${describe(lost[0])}`);
      checkEqual(
        await namesOf(backend, "tk-0001"),
        [1, 2, 3, 4, 5].map((index) => `${index}.txt`),
        "the names",
      );
      checkEqual((await stored(backend, "tk-0001")).ticket.title, "Writer 0", "the ticket's title");
    },
  },
  // P17
  {
    rule: "attachments-operation-once",
    says: "the same operation id again has no second effect and is answered with the first result, whatever became of the attachment since",
    concerns,
    async run({ backend }) {
      const port = portOf(backend);
      await createAll(backend, ["tk-0001"]);
      const addition = additionOf("tk-0001", "log.txt", "once");
      const first = await port.add(addition);
      checkEqual([first.already, first.operationId], [false, addition.operationId], "the first receipt");
      checkEqual(await port.add(addition), { ...first, already: true }, "the receipt given again");
      const revision = first.attachment?.revision ?? "";
      const removal = { ...orderOf("tk-0001", "log.txt"), revision };
      const removed = await port.remove(removal);
      checkEqual(removed.attachment, undefined, "the attachment of a removal");
      checkEqual(await port.add(addition), { ...first, already: true }, "the receipt after the removal");
      checkEqual(await namesOf(backend, "tk-0001"), [], "what is attached after the repetition");
      await attach(backend, "tk-0001", "log.txt", "once");
      checkEqual(await port.remove(removal), { ...removed, already: true }, "the removal again");
      checkEqual(await namesOf(backend, "tk-0001"), ["log.txt"], "what is attached after that");
      const many = additionOf("tk-0001", "many.txt", "x");
      const receipts = await Promise.all([1, 2, 3].map(() => port.add(many)));
      const firsts = receipts.filter(({ already }) => !already);
      check(firsts.length === 1, `${firsts.length} of 3 senders were told that theirs was the first`);
    },
  },
  // P17
  {
    rule: "attachments-in-operations",
    says: "an operation id has one effect in the whole store: known from an attachment it writes no ticket, and its outcome is committed",
    concerns,
    async run({ backend }) {
      await createAll(backend, ["tk-0001"]);
      const addition = additionOf("tk-0001", "log.txt", "once");
      await portOf(backend).add(addition);
      const { operationId } = addition;
      check((await backend.outcome(operationId)).status === "committed", "its outcome is absent");
      const change = { id: "tk-0002", expected: null, next: sampleTicket("tk-0002") };
      checkEqual((await backend.commit(commitOf([change], { operationId }))).already, true, "already");
      checkEqual((await backend.read("tk-0002")).record, undefined, "what that wrote");
      const commit = commitOf([change]);
      await backend.commit(commit);
      const other = additionOf("tk-0001", "other.txt", "x", { operationId: commit.operationId });
      checkEqual((await portOf(backend).add(other)).already, true, "already, of a ticket's operation");
      checkEqual(await namesOf(backend, "tk-0001"), ["log.txt"], "what that attached");
    },
  },
  {
    rule: "attachments-names",
    says: "a name that is not safe on every system is refused as ATTACHMENT_INVALID without any effect; of names that look alike there is one",
    concerns,
    async run({ backend }) {
      const port = portOf(backend);
      await createAll(backend, ["tk-0001"]);
      for (const name of hostileNames) {
        const shown = JSON.stringify(name);
        const attempt = port.add(additionOf("tk-0001", name, "x"));
        await checkRefused(attempt, "ATTACHMENT_INVALID", `an attachment named ${shown}`);
        await checkRefused(port.read("tk-0001", name), "ATTACHMENT_INVALID", `a read of ${shown}`);
      }
      checkEqual(await namesOf(backend, "tk-0001"), [], "what is attached");
      await attach(backend, "tk-0001", "e\u0301tude.txt", "composed");
      checkEqual(await namesOf(backend, "tk-0001"), ["\u00e9tude.txt"], "a name, composed");
      for (const name of ["\u00e9tude.txt", "e\u0301tude.txt"]) {
        checkEqual(await contentOf(backend, "tk-0001", name), [...bytesOf("composed")], "by either form");
      }
      for (const twin of ["\u00e9tude.txt", "\u00c9TUDE.txt", "E\u0301tude.TXT"]) {
        const attempt = port.add(additionOf("tk-0001", twin, "twin"));
        await checkRefused(attempt, "ATTACHMENT_CONFLICT", `the twin ${twin}`);
      }
      await attach(backend, "tk-0001", "x".repeat(200), "longest");
    },
  },
  {
    rule: "attachments-limits",
    says: "a content of as many bytes as may be is kept whole, one byte more is refused as ATTACHMENT_INVALID; so is one attachment too many",
    concerns,
    async run({ backend }) {
      const port = portOf(backend);
      const { maxBytes, maxCount } = port.limits;
      await createAll(backend, ["tk-0001"]);
      const largest = new Uint8Array(maxBytes).fill(7);
      largest[maxBytes - 1] = 9;
      await attach(backend, "tk-0001", "largest.bin", largest);
      const { content } = await port.read("tk-0001", "largest.bin");
      check(
        content.byteLength === maxBytes && content.every((byte, index) => byte === largest[index]),
        `${maxBytes} bytes came back as ${content.byteLength}, or as others`,
      );
      const larger = port.add(additionOf("tk-0001", "larger.bin", new Uint8Array(maxBytes + 1)));
      const { data } = await checkRefused(larger, "ATTACHMENT_INVALID", "one byte too many");
      checkEqual([data.bytes, data.most], [maxBytes + 1, maxBytes], "what the refusal names");
      // Many additions take long: only where the limit is low.
      const isLow = maxCount <= 20;
      for (let count = 1; isLow && count < maxCount; count += 1) {
        await attach(backend, "tk-0001", `${count}.txt`, "x");
      }
      if (!isLow) return;
      const tooMany = port.add(additionOf("tk-0001", "more.txt", "x"));
      await checkRefused(tooMany, "ATTACHMENT_INVALID", "one attachment too many");
    },
  },
  // P28
  {
    rule: "attachments-fence",
    says: "an agent attaches and removes under a valid claim only; else it is refused as TICKET_FENCED",
    concerns,
    async run({ backend }) {
      const port = portOf(backend);
      await createClaimed(backend, "tk-0001", worker.id);
      const held = { actor: worker, fence: { id: "tk-0001", epoch: 1 } };
      const { revision } = await attach(backend, "tk-0001", "mine.txt", "x", held);
      await rewrite(backend, "tk-0001", { leaseEpoch: 2, assignedAgentId: "worker-1" });
      for (const extra of [held, { actor: worker }]) {
        const addition = port.add(additionOf("tk-0001", "late.txt", "x", extra));
        await checkRefused(addition, "TICKET_FENCED", "an addition of who was taken over, or shows no claim");
        const removal = port.remove({ ...orderOf("tk-0001", "mine.txt"), revision, ...extra });
        await checkRefused(removal, "TICKET_FENCED", "a removal of such a one");
      }
      checkEqual(await namesOf(backend, "tk-0001"), ["mine.txt"], "what is attached");
    },
  },
  {
    rule: "attachments-beside-tickets",
    says: "an attachment leaves every ticket and revision as it is, is no problem of the store, and is told in history and watch as a change that left the ticket alone",
    concerns,
    async run({ backend }) {
      await createAll(backend, ["tk-0001", "tk-0002"]);
      const { tickets, cursor, asOf: before } = await backend.list({ states: ["ready"] });
      const addition = additionOf("tk-0001", "log.txt", "x");
      const { asOf } = await portOf(backend).add(addition);
      const after = await backend.list();
      checkEqual(after.tickets, tickets, "the tickets");
      checkEqual(after.problems, [], "the problems");
      // Whether asOf moves at all is for another rule to say.
      if (after.asOf !== before) checkEqual(asOf, after.asOf, "asOf of the receipt");
      checkEqual((await backend.diagnose?.()) ?? [], [], "what is wrong with the store");
      const record = await stored(backend, "tk-0001");
      const told = [
        await all(backend.history?.("tk-0001")),
        await all(backend.watch?.(cursor, { follow: false })),
      ];
      for (const changes of told) {
        if (changes.length === 0) continue;
        const change = changes.find(({ operationId }) => operationId === addition.operationId);
        check(change !== undefined, "the attachment is not told");
        checkEqual([change.before, change.after], [record, record], "the ticket before and after it");
        check(change.subject.includes("log.txt"), `its subject: ${change.subject}`);
      }
    },
  },
];
