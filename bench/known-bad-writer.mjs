// One of several processes that write to a store with isomorphic-git, which has no lock between processes and no compare-and-swap.
import fs from "node:fs";
import isomorphic from "isomorphic-git";
import { createJournal } from "./journal.mjs";

const { root, journal: path, name, tickets, rounds } = JSON.parse(process.argv[2] ?? "");
const journal = createJournal(path);
const options = { fs, gitdir: root };
const person = { name: "wiggum", email: "wiggum@local" };

process.stdout.write("ready\n");
await new Promise((resolve) => process.stdin.once("data", resolve));
process.stdin.pause();
for (let round = 0; round < rounds; round += 1) {
  const ticket = tickets[round % tickets.length];
  const operationId = `${name}-${round}`;
  const text = `text of ${operationId}`;
  journal.begin(operationId, { kind: "comment", ticket, author: name, text });
  try {
    const parent = await isomorphic.resolveRef({ ...options, ref: "refs/heads/main" });
    const { commit } = await isomorphic.readCommit({ ...options, oid: parent });
    const filepath = `${ticket}.md`;
    const { blob } = await isomorphic.readBlob({ ...options, oid: parent, filepath });
    const mark = JSON.stringify({ id: operationId.replaceAll("-", ""), kind: "comment", author: name });
    const before = Buffer.from(blob).toString("utf8");
    const after = `${before}\n### From ${name} (2026-01-02 03:04)\n<!-- wiggum:event ${mark} -->\n\n${text}\n`;
    const { tree } = await isomorphic.readTree({ ...options, oid: commit.tree });
    const oid = await isomorphic.writeBlob({ ...options, blob: Buffer.from(after) });
    const next = tree.map((entry) => (entry.path === filepath ? { ...entry, oid } : entry));
    const [state] = /(?<=^state: ).*$/m.exec(before) ?? [];
    const [epoch] = /(?<=^lease_epoch: ).*$/m.exec(before) ?? ["0"];
    const message = `Comment\n\nTicket: ${ticket}\nFrom: ${state}\nTo: ${state}\nEpoch: ${epoch}\nOp: ${operationId}\nActor: ${name}\nKind: person\nHost: here\n`;
    const at = { timestamp: 1_767_323_045, timezoneOffset: 0 };
    const made = await isomorphic.writeCommit({
      ...options,
      commit: {
        message,
        parent: [parent],
        tree: await isomorphic.writeTree({ ...options, tree: next }),
        author: { ...person, ...at },
        committer: { ...person, ...at },
      },
    });
    await isomorphic.writeRef({ ...options, ref: "refs/heads/main", value: made, force: true });
    journal.end(operationId, { status: "acknowledged" });
  } catch (error) {
    // A ref that is empty for a moment, as a rule: it says that it failed, so nothing may be there.
    journal.end(operationId, { status: "refused", code: error.code ?? error.name });
  }
}
