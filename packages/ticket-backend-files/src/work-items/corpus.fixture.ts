// Work items as a project has them after months: made by the script, by typed tools and by people, long ago and lately.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { workItemStatuses } from "./statuses.js";

/** A small generator of pseudo-random numbers: the same corpus each time. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const nouns = [
  "login",
  "scheduler",
  "TUI",
  "worker pool",
  "réglage",
  "ログ",
  "crate split",
  "API: errors",
  '"quoted" name',
  "parser — v2",
];
const verbs = ["Fix", "Add", "Rework", "Drop", "Document", "Investigate", "Rename"];
const labels = [
  "[]",
  "[ui]",
  "[auth, ui]",
  "['a', \"b\"]",
  "infra",
  "null",
  "[ spaced , , out ]",
  "[auth,ui]",
];
const extra = [
  "",
  "readiness: implementation-ready\nneeds_preflight: true\nrisk_flags: [migration, auth]\naction_required: none\n",
  "needs-preflight: yes\nrisks: [data loss]\n",
  "action_required: decide between a and b: see thread\n",
  "estimate: 3.5\nreviewer:   ann  \ncustom_map: { a: 1, b: [x, y] }\n",
  "workflow_state: intake\ndepends_on: [20260101-000000-other]\n# a comment of a person\n\nsprint: 07\n",
  "list_of_mine:\n  - one\n  - two: three\n- four\nempty:\n",
  "references: [url:https://example.org/x, commit:abc123]\nurl: https://example.org/a?b=c#d\n",
];
const bodies = [
  "\n## Background\n\nCreated by tickets.sh.\n\n## Acceptance criteria\n\n- TBD\n",
  "\n# Title again\n\n---\n\ntext after a rule\n\n---\nid: not-an-id\n---\n",
  "no blank line before, no newline at the end",
  "",
  "\n\n\n```yaml\n---\nstatus: closed\n---\n```\n\n| a | b |\n|---|---|\n",
  "\n- [ ] one\n- [x] two   \n\n<!-- event: comment author: x at: y -->\n\ttabs\u00a0and 🧵\n\n",
];
const threads = [
  "",
  "\n<!-- event: comment author: ann at: 2026-01-03T00:00:00Z -->\n\n## Comment\n\nHello\n---\n\nstill the same\n\n\n---\n",
  "\n<!-- event: review author: hare at: 2026-01-03T00:00:00Z status: approve -->\n\n## Review: approve\n\nFine.\n\n\n---\n\n<!-- event: intake_summary author: x at: 2026-01-04T00:00:00Z mood: good -->\n\n## intake_summary\n\n\n\n---\n",
  "\n<!-- event: review author: hare at: 2026-01-03T00:00:00Z -->\n\n## Review\n\nold\n\n---\ntext outside of events\n",
  "\n<!-- event: closed author: bob at: 2026-01-05T00:00:00Z status: closed -->\n\n## Closed\n\nno line end",
];

/** Makes that many items below the root; answers their ids. */
export function makeCorpus(root: string, count: number, seed = 1): readonly string[] {
  const random = numbers(seed);
  const pick = <Item>(items: readonly Item[]): Item => items[random(items.length)] as Item;
  return Array.from({ length: count }, (_, index) => {
    const title = `${pick(verbs)} ${pick(nouns)} ${index}`;
    const slug = title
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-|-$/g, "");
    const stamp = `202601${String(1 + (index % 28)).padStart(2, "0")}`;
    const id = `${stamp}-0${index % 10}0405-${slug}${index % 17 === 0 ? `-${4000 + index}` : ""}`;
    const status = pick(workItemStatuses);
    const time = `${stamp.slice(0, 4)}-01-${stamp.slice(6)}T0${index % 10}:04:05Z`;
    const folder = join(root, status, id);
    const isWindows = index % 23 === 5;
    const text = (value: string) => (isWindows ? value.replaceAll("\n", "\r\n") : value);
    mkdirSync(join(folder, "artifacts", "logs"), { recursive: true });
    writeFileSync(join(folder, "artifacts", ".gitkeep"), "");
    if (index % 5 === 0)
      writeFileSync(join(folder, "artifacts", "logs", "run é.bin"), Buffer.from([0, 255, index % 256]));
    const head = `---\nid: ${id}\nslug: ${slug}\ntitle: ${title}\nstatus: ${status}\nkind: ${pick(["task", "bug", "epic", "spike!"])}\npriority: ${pick(["P0", "P1", "P2", "P3", "urgent", "someday"])}\nlabels: ${pick(labels)}\ncreated_at: ${time}\nupdated_at: ${time}\nassignee: ${pick(["null", "ann", "Agent 7"])}\nlegacy_ticket: ${pick(["null", "tickets/old.md"])}\n${pick(extra)}---\n`;
    writeFileSync(join(folder, "item.md"), text(head + pick(bodies)));
    const first = `<!-- event: create author: tickets.sh at: ${time} -->\n\n## Created\n\nCreated by tickets.sh create.\n\n---\n`;
    writeFileSync(join(folder, "thread.md"), text(first + pick(threads)));
    if (status === "closed" && index % 9 !== 0) writeFileSync(join(folder, "resolution.md"), text("Done.\n"));
    return id;
  });
}
