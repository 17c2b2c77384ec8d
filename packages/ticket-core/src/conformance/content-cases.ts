import { decodeTicket } from "../codec.js";
import { sampleTicket } from "../sample-tickets.js";
import { check, checkEqual, checkRefused } from "./assertions.js";
import type { ConformanceCase } from "./conformance-case.js";
import { changeOf, commitOf, create, person, rewrite, stored } from "./writes.js";

/** Letters as base and accent, signs and syllables with a twin: a text that is normalised comes back as other bytes. */
const otherForms = "e\u0301 A\u030a \u212b \u2126 \u1100\u1161 \ufb01 \uf900";

/** Texts that parsers stumble over. */
const hostileTexts: Readonly<Record<string, string>> = {
  empty: "",
  "no newline at the end": "text",
  "front matter in the body": "\n---\nid: tk-9999\nstate: done\n---\n\n# Other title\n\ntext\n",
  "separators and rules": "\n---\n***\n---\r\n...\n",
  "line ends of Windows": "\r\n## Description\r\n\r\ntext\r\n",
  "lone carriage returns": "\rtext\r\rmore\n",
  "what git writes into a conflict, quoted": "\n```\n<<<<<<< ours\n=======\n>>>>>>> theirs\n```\n",
  "all of Unicode": "\nÄ é 漢字 🧵 \u202e\u2028\u2029\ufeff \u{1f9d1}\u200d\u{1f4bb}\n",
  "letters that Unicode also knows in another form": `\n${otherForms}\n`,
  "control characters": "\n\u0001\u0007\u001b[2J\t\u007f\u0085\n",
  "code that looks like a ticket": "\n```\n# Title\n## Feedback\n- [ ] x\n```\n",
  "comments and markup": "\n<!-- event: create at: now -->\n<script>alert(1)</script>\n| a | b |\n",
  "only separators": "\n---\n",
  "line ends of all kinds in turns": "\none\ntwo\r\nthree\rfour\n\r\n\r",
  "nothing but controls": "\u0001\u0002\u0003\u0008\u000b\u000c\u000e\u001f\u007f",
  "spaces at line ends": "  \n text  \t\n\n\n\n",
};

/** Values as others put them into front matter. */
const foreignFields = {
  reviewer: "ann",
  estimate: 3.5,
  urgent: false,
  nothing: null,
  areas: ["ui", "api", 3],
  links: { design: "https://example.org/#a", nested: { list: [true, { deep: "x: y" }] } },
  "key with spaces": "yes",
  looksLikeDate: "2026-01-02",
  looksLikeNumber: "007",
  looksLikeBoolean: "no",
  multi: "one\ntwo\n",
  [`form ${otherForms}`]: otherForms,
  quotes: "a 'b' \"c\" # no comment",
};

export const contentCases: readonly ConformanceCase[] = [
  // P18
  {
    rule: "unknown-fields",
    says: "front matter that nobody declared is kept, also when other values change",
    async run({ backend }) {
      await create(backend, sampleTicket("tk-0001", { fields: foreignFields }));
      checkEqual((await stored(backend, "tk-0001")).ticket.fields, foreignFields, "the fields after create");
      await rewrite(backend, "tk-0001", { priority: 0 });
      checkEqual(
        (await stored(backend, "tk-0001")).ticket.fields,
        foreignFields,
        "the fields after a change",
      );
    },
  },
  // P12 P18
  {
    rule: "bytes",
    says: "where texts are kept, every byte outside the changed values stays: comments, order, spacing, quotes",
    async run({ backend }) {
      const text = `---\n# by hand\npriority: 2   # middle\nid: tk-0001\ntype: 'task'\nstate: ready\nlease_epoch: 0\nextra:   { a: 1,   b: [x,y] }\ncreated_at: 2026-01-02T03:04:05Z\n---\n\n\n# By hand, ${otherForms}\nText ${otherForms}\n`;
      const next = decodeTicket(text);
      await backend.commit(commitOf([{ id: "tk-0001", expected: null, next, verbatim: text }]));
      const made = await stored(backend, "tk-0001");
      if (made.text === undefined) return;
      checkEqual(made.text, text, "the text as a person wrote it");
      await rewrite(backend, "tk-0001", { priority: 3 });
      const changed = (await stored(backend, "tk-0001")).text ?? "";
      checkEqual(
        changed,
        text.replace("priority: 2 ", "priority: 3 "),
        "the text after a change of priority",
      );
    },
  },
  {
    rule: "verbatim",
    says: "a text that is not that of the ticket is refused as TICKET_INVALID, never stored",
    async run({ backend }) {
      await create(backend, sampleTicket("tk-0001"));
      const record = await stored(backend, "tk-0001");
      if (record.text === undefined) return;
      const verbatim = record.text.replace("priority: 2", "priority: 0");
      check(verbatim !== record.text, "the stored text shows no priority");
      const lie = { ...changeOf(record, { title: "Other" }), verbatim };
      await checkRefused(
        backend.commit(commitOf([lie])),
        "TICKET_INVALID",
        "a text that says something else",
      );
      checkEqual(await stored(backend, "tk-0001"), record, "the ticket");
    },
  },
  // P18
  {
    rule: "hostile-texts",
    says: "any text in a body or a title comes back as it was",
    async run({ backend }) {
      for (const [index, [name, body]] of Object.entries(hostileTexts).entries()) {
        const id = `tk-${String(index).padStart(4, "0")}`;
        await create(backend, sampleTicket(id, { body }));
        checkEqual((await stored(backend, id)).ticket.body, body, name);
        await rewrite(backend, id, { body: `${body}more` });
        checkEqual((await stored(backend, id)).ticket.body, `${body}more`, `${name}, and more`);
      }
      for (const title of [
        "a: b",
        "# x",
        "'q' \"r\"",
        "*bold* `code` [x](y)",
        "🧵 漢字",
        "<b>&amp;",
        "- [ ] x",
        otherForms,
      ]) {
        await rewrite(backend, "tk-0001", { title });
        checkEqual((await stored(backend, "tk-0001")).ticket.title, title, "a title");
      }
    },
  },
  // P18
  {
    rule: "large-bodies",
    says: "a body of ten megabytes comes back as it was",
    async run({ backend }) {
      const body = `\n${"0123456789abcde\n".repeat(655_360)}`;
      await create(backend, sampleTicket("tk-0001", { body }));
      check((await stored(backend, "tk-0001")).ticket.body === body, "ten megabytes came back changed");
      await rewrite(backend, "tk-0001", { priority: 1 });
      check((await stored(backend, "tk-0001")).ticket.body === body, "ten megabytes did not survive a write");
    },
  },
  {
    rule: "hostile-ids",
    says: "an id that is none is refused as ID_INVALID without any effect; reading finds nothing there",
    async run({ backend }) {
      await create(backend, sampleTicket("tk-0001"));
      const before = await backend.list();
      const hostile = [
        "../x",
        "a/b",
        "..",
        "",
        "a\u0000b",
        "a\nb",
        ".hidden",
        "-x",
        "x.lock",
        "C:\\x",
        "x".repeat(300),
        "tk-é",
        "tk-漢字",
        "tk-\u202e1",
        "tk-\u001b[2J",
        "tk 1",
        "tk-1.",
        "tk-1\u0000",
        "CON:",
        "%2e%2e",
        "--",
        "---",
      ];
      for (const id of hostile) {
        const attempt = create(backend, sampleTicket(id));
        await checkRefused(attempt, "ID_INVALID", `a create of ${JSON.stringify(id)}`);
        const deletion = backend.commit(commitOf([{ id, expected: "r1", next: null }], { actor: person }));
        await checkRefused(deletion, "ID_INVALID", `a deletion of ${JSON.stringify(id)}`);
        await readsNothing(backend.read(id), id);
      }
      checkEqual((await backend.list()).tickets, before.tickets, "the store");
    },
  },
  {
    rule: "own-id",
    says: "a ticket cannot be stored under another ticket's id",
    async run({ backend }) {
      const write = { id: "tk-0001", expected: null, next: sampleTicket("tk-0002") };
      await checkRefused(backend.commit(commitOf([write])), "TICKET_INVALID", "a ticket under another id");
      checkEqual((await backend.list()).tickets, [], "the store");
    },
  },
];

/** Refused as no id, or answered with no record: both are sound. */
async function readsNothing(reading: Promise<{ readonly record?: unknown }>, id: string): Promise<void> {
  const answer = await reading.catch((error: unknown) =>
    (error as { readonly code?: unknown }).code === "ID_INVALID" ? {} : Promise.reject(error),
  );
  check(
    !("record" in answer) || answer.record === undefined,
    `something was read under ${JSON.stringify(id)}`,
  );
}
