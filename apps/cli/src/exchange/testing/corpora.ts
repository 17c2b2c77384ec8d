// Large sources as the other tools write them, from seeded chance.
import type { SourceFile } from "../imported-ticket.js";
import { type Seeded, seeded } from "./seeded.js";

const encoder = new TextEncoder();

export function sourceFile(name: string, content: string | Uint8Array): SourceFile {
  return { path: name, name, bytes: typeof content === "string" ? encoder.encode(content) : content };
}

export const beadsLinkTypes = [
  "blocks",
  "parent-child",
  "conditional-blocks",
  "waits-for",
  "related",
  "discovered-from",
  "replies-to",
  "relates-to",
  "duplicates",
  "supersedes",
  "authored-by",
  "assigned-to",
  "approved-by",
  "attests",
  "tracks",
  "until",
  "caused-by",
  "validates",
  "delegated-from",
  "a custom type",
];

const time = (chance: Seeded) =>
  `2026-0${1 + chance.below(9)}-1${chance.below(9)}T0${chance.below(9)}:3${chance.below(9)}:07.${chance.below(900) + 100}Z`;

/** Records of `issues.jsonl`: every type of link, comments, tombstones, cycles, links that lead nowhere. */
export function beadsIssues(count: number, seed = 7): readonly Record<string, unknown>[] {
  const chance = seeded(seed);
  const idOf = (index: number) =>
    index % 9 === 8 ? `bd-${(index - 1).toString(36)}.1` : `bd-${index.toString(36)}`;
  return Array.from({ length: count }, (_, index) => {
    const id = idOf(index);
    const isDead = chance.once(15);
    const status = isDead
      ? "tombstone"
      : chance.pick([
          "open",
          "in_progress",
          "blocked",
          "deferred",
          "closed",
          "pinned",
          "hooked",
          "custom_one",
        ]);
    const targets = Array.from({ length: chance.below(4) }, () =>
      chance.once(40) ? `bd-gone${chance.below(99)}` : idOf(chance.below(count)),
    );
    return {
      id,
      title: `Issue ${index} ${chance.word()}`,
      ...(chance.once(5) ? {} : { description: chance.text() }),
      ...(chance.once(4) && { design: chance.text() }),
      ...(chance.once(4) && {
        acceptance_criteria: chance.once(2)
          ? `- [x] ${chance.word()}\n- [ ] ${chance.word()}`
          : chance.text(),
      }),
      ...(chance.once(4) && { notes: chance.text() }),
      status,
      priority: chance.below(5),
      issue_type: chance.pick(["bug", "feature", "task", "epic", "chore", "message", "spike", "molecule"]),
      ...(chance.once(2) && { assignee: `ann ${chance.word()}` }),
      created_at: time(chance),
      updated_at: time(chance),
      ...(status === "closed" && { closed_at: time(chance), close_reason: `Done ${chance.word()}` }),
      ...(chance.once(6) && {
        external_ref: chance.once(2) ? `gh-${chance.word()}` : `https://example.com/${chance.word()}`,
      }),
      ...(chance.once(3) && { labels: [chance.word(), "backend", "ünï"] }),
      ...(isDead && {
        deleted_at: time(chance),
        deleted_by: "ann",
        delete_reason: "batch delete",
        original_type: "task",
      }),
      ...(chance.once(8) && {
        estimated_minutes: 30,
        metadata: { nested: { deep: chance.word() }, list: [1, null] },
      }),
      ...(chance.once(20) && {
        __proto__: undefined,
        owner: chance.word(),
        unheard_of: { a: [chance.word()] },
      }),
      ...(targets.length > 0 && {
        dependencies: targets.map((target) => ({
          issue_id: id,
          depends_on_id: target,
          type: chance.pick(beadsLinkTypes),
          created_at: time(chance),
          created_by: `daemon ${chance.word()}`,
          ...(chance.once(3) && { metadata: `{"why":"${chance.word()}"}` }),
        })),
      }),
      ...(chance.once(3) && {
        comments: Array.from({ length: 1 + chance.below(4) }, (_each, number) => ({
          id: chance.once(2) ? number + 1 : `c-${number}`,
          issue_id: id,
          author: chance.word(),
          text: chance.text(),
          created_at: time(chance),
        })),
      }),
    };
  });
}

export function jsonLines(records: readonly unknown[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join("");
}

/** Items of `work-items/`, as the script and its typed layer write them. */
export function workItems(count: number, seed = 11): readonly SourceFile[] {
  const chance = seeded(seed);
  return Array.from({ length: count }, (_, index) => {
    const status = chance.pick(["open", "pending", "closed"]);
    const slug = `item-${index}`;
    const id = `20260102-0304${String(index).padStart(3, "0")}-${slug}`;
    const optional = chance.once(3)
      ? [
          "readiness: implementation-ready",
          "needs_preflight: yes",
          `risk_flags: [data, ${chance.word()}]`,
          "action_required: none",
          `extra_key: ${chance.word()}`,
        ]
      : [];
    const item = [
      "---",
      `id: ${id}`,
      `slug: ${slug}`,
      `title: Item: ${chance.word()}`,
      `status: ${status}`,
      `kind: ${chance.pick(["task", "bug", "idea"])}`,
      `priority: ${chance.pick(["P0", "P2", "P4", "soon"])}`,
      `labels: [auth, ${chance.word()}]`,
      "created_at: 2026-01-02T03:04:05Z",
      "updated_at: 2026-02-02T03:04:05Z",
      `assignee: ${chance.once(2) ? "null" : chance.word()}`,
      `legacy_ticket: ${chance.once(4) ? chance.word() : "null"}`,
      ...optional,
      "---",
      "",
      "## Background",
      "",
      chance.text(),
      "",
      "## Acceptance criteria",
      "",
      "- TBD",
      "",
    ].join("\n");
    const events = Array.from({ length: chance.below(6) }, () => {
      const kind = chance.pick([
        "comment",
        "plan",
        "decision",
        "implementation_report",
        "review",
        "odd_kind",
      ]);
      const extra = kind === "review" ? " status: approve" : "";
      return `\n<!-- event: ${kind} author: ${chance.word()} at: 2026-03-02T03:04:05Z${extra} -->\n\n## ${kind === "review" ? "Review: approve" : "Heading"}\n\n${chance.text()}\n\n---\n`;
    });
    const created =
      "<!-- event: create author: tickets.sh at: 2026-01-02T03:04:05Z -->\n\n## Created\n\nCreated by tickets.sh create.\n\n---\n";
    const folder = `${status}/${id}`;
    return [
      sourceFile(`${folder}/item.md`, item),
      sourceFile(`${folder}/thread.md`, created + events.join("")),
      sourceFile(`${folder}/artifacts/.gitkeep`, ""),
      ...(chance.once(4) ? [sourceFile(`${folder}/artifacts/log ${chance.word()}.txt`, "a log")] : []),
      ...(status === "closed" ? [sourceFile(`${folder}/resolution.md`, `${chance.text()}\n`)] : []),
    ];
  }).flat();
}

/** A folder of Backlog.md: tasks and subtasks, drafts, milestones, completed and archived ones. */
export function backlogFiles(count: number, seed = 13): readonly SourceFile[] {
  const chance = seeded(seed);
  const milestones = [1, 2, 3].map((number) =>
    sourceFile(
      `milestones/m-${number} - stage.md`,
      `---\nid: m-${number}\ntitle: "Stage ${number} ${chance.word()}"\n---\n\n## Description\n\n${chance.word()}\n`,
    ),
  );
  const tasks = Array.from({ length: count }, (_, index) => {
    const isSub = index % 7 === 6;
    const id = isSub ? `TASK-${index - 1}.01` : `TASK-${index}`;
    const folder = chance.pick(["tasks", "tasks", "tasks", "tasks", "completed", "drafts", "archive/tasks"]);
    const matter = [
      `id: ${id}`,
      `title: '${chance.word()}: it''s one'`,
      `status: ${chance.pick(["To Do", "In Progress", "Done", "In Review", "Parked"])}`,
      `assignee: ${chance.pick(["[]", `\n  - '@ann'`, `[@${chance.word()}, "bob"]`, `@${chance.word()}`])}`,
      `created_date: '2026-01-0${1 + chance.below(9)} 10:3${chance.below(9)}'`,
      "updated_date: '2026-02-01'",
      `labels:\n  - ${chance.word()}\n  - 'web: ui'`,
      `dependencies: ${index > 3 && chance.once(2) ? `\n  - ${chance.pick(["task", "TASK"])}-${chance.below(index)}` : "[]"}`,
      ...(isSub ? [`parent_task_id: TASK-${index - 1}`] : []),
      ...(chance.once(3) ? [`milestone: m-${1 + chance.below(3)}`] : []),
      ...(chance.once(2) ? [`priority: ${chance.pick(["high", "medium", "low"])}`] : []),
      ...(chance.once(4)
        ? [
            `ordinal: ${index}000`,
            `onStatusChange: 'echo ${chance.word()}'`,
            `references:\n  - src/${chance.word()}.ts`,
          ]
        : []),
    ].join("\n");
    const section = (title: string, mark: string) =>
      `## ${title}\n\n<!-- SECTION:${mark}:BEGIN -->\n${chance.text()}\n<!-- SECTION:${mark}:END -->\n`;
    const list = (title: string, mark: string) =>
      `## ${title}\n<!-- ${mark}:BEGIN -->\n- [x] #1 ${chance.word()}\n- [ ] #2 ${chance.word()}\n<!-- ${mark}:END -->\n`;
    const comment = `## Comments\n<!-- COMMENTS:BEGIN -->\n<!-- COMMENT:BEGIN -->\nindex: 1\nauthor: ${chance.word()}\ncreated: 2026-01-02 10:30\n\n${chance.word()} said\n<!-- COMMENT:END -->\n<!-- COMMENTS:END -->\n`;
    const body = [
      section("Description", "DESCRIPTION"),
      list("Acceptance Criteria", "AC"),
      ...(chance.once(3) ? [list("Definition of Done", "DOD")] : []),
      ...(chance.once(2)
        ? [section("Implementation Plan", "PLAN"), section("Implementation Notes", "NOTES")]
        : []),
      ...(chance.once(3) ? [comment] : []),
      ...(chance.once(4) ? [section("Final Summary", "FINAL_SUMMARY")] : []),
      ...(chance.once(6) ? [`## Of my own\n\n${chance.word()}\n`] : []),
    ].join("\n");
    const lineEnd = chance.once(5) ? "\r\n" : "\n";
    return sourceFile(
      `${folder}/${id.toLowerCase()} - a-title.md`,
      `---\n${matter}\n---\n\n${body}`.replaceAll("\n", lineEnd),
    );
  });
  return [
    ...milestones,
    ...tasks,
    sourceFile("docs/doc-1.md", "---\nid: doc-1\n---\n"),
    sourceFile("config.yml", "project_name: x\n"),
  ];
}

/** `tasks.json` with two tags and subtasks. */
export function taskmasterDocument(count: number, seed = 17): Record<string, unknown> {
  const chance = seeded(seed);
  const list = () =>
    Array.from({ length: count }, (_, index) => ({
      id: chance.once(5) ? String(index + 1) : index + 1,
      title: `Task ${chance.word()}`,
      description: chance.text(),
      status: chance.pick([
        "pending",
        "in-progress",
        "done",
        "deferred",
        "cancelled",
        "blocked",
        "review",
        "completed",
      ]),
      priority: chance.pick(["low", "medium", "high", "critical"]),
      dependencies: index > 2 && chance.once(2) ? [1 + chance.below(index)] : [],
      details: chance.text(),
      testStrategy: chance.text(),
      ...(chance.once(3) && { metadata: { ticket: chance.word() }, complexity: 7 }),
      subtasks: Array.from({ length: chance.below(4) }, (_each, number) => ({
        id: number + 1,
        title: `Sub ${chance.word()}`,
        description: chance.word(),
        dependencies: number > 0 ? [number] : index > 0 ? [`${index}.1`] : [],
        details: chance.text(),
        status: chance.pick(["pending", "done"]),
        parentId: chance.pick(["undefined", index + 1]),
      })),
    }));
  return {
    master: { tasks: list(), metadata: { created: "2026-01-02T03:04:05Z", description: "x" } },
    "feature-x": { tasks: list(), metadata: {} },
  };
}

/** What `gh issue list --json` prints with all of its fields. */
export function githubIssues(count: number, seed = 19): readonly Record<string, unknown>[] {
  const chance = seeded(seed);
  const url = (number: number) => `https://github.com/acme/app/issues/${number}`;
  return Array.from({ length: count }, (_, index) => {
    const number = index + 1;
    const isClosed = chance.once(2);
    return {
      assignees: chance.once(2) ? [{ id: "U1", login: chance.word(), name: "Ann" }] : [],
      author: { id: "U2", is_bot: false, login: chance.word(), name: "" },
      blockedBy:
        index > 2 && chance.once(4)
          ? { nodes: [{ number: 1 + chance.below(index), title: "x", url: url(1) }], totalCount: 1 }
          : { nodes: [], totalCount: 0 },
      body: chance.text().replaceAll("\n", "\r\n"),
      closed: isClosed,
      closedAt: isClosed ? "2026-02-02T03:04:05Z" : null,
      closedByPullRequestsReferences: chance.once(6)
        ? [{ id: "PR", number: 900 + number, url: `https://github.com/acme/app/pull/${900 + number}` }]
        : [],
      comments: Array.from({ length: chance.below(3) }, () => ({
        id: chance.word(),
        author: { login: chance.word() },
        authorAssociation: "MEMBER",
        body: chance.text(),
        createdAt: "2026-01-12T03:04:05Z",
        reactionGroups: [],
        url: `${url(number)}#issuecomment-${number}`,
      })),
      createdAt: "2026-01-02T03:04:05Z",
      id: `I_${number}`,
      isPinned: false,
      labels: chance.once(2)
        ? [
            {
              id: "L",
              name: chance.pick(["bug", "enhancement", "docs: web"]),
              description: chance.word(),
              color: "ff0000",
            },
          ]
        : [],
      milestone: chance.once(3)
        ? { number: 1, title: `v1 ${chance.word()}`, description: chance.word(), dueOn: null }
        : null,
      number,
      parent:
        index > 5 && chance.once(5) ? { number: 1 + chance.below(index), title: "x", url: url(1) } : null,
      reactionGroups: [{ content: "HEART", users: { totalCount: 2 } }],
      state: isClosed ? "CLOSED" : "OPEN",
      stateReason: isClosed ? chance.pick(["COMPLETED", "NOT_PLANNED", "DUPLICATE"]) : "",
      title: `Issue ${chance.word()}`,
      updatedAt: "2026-02-03T03:04:05Z",
      url: url(number),
    };
  });
}

/** `.tickets` of tk. */
export function tkFiles(count: number, seed = 23): readonly SourceFile[] {
  const chance = seeded(seed);
  return Array.from({ length: count }, (_, index) => {
    const id = `mca-${index.toString(36).padStart(4, "0")}`;
    const before = () =>
      `mca-${chance
        .below(index + 1)
        .toString(36)
        .padStart(4, "0")}`;
    const matter = [
      `id: ${id}`,
      `status: ${chance.pick(["open", "in_progress", "closed"])}`,
      `deps: [${index > 2 && chance.once(2) ? `${before()}, ${before()}` : ""}]`,
      `links: [${index > 2 && chance.once(3) ? before() : ""}]`,
      "created: 2026-01-02T03:04:05Z",
      `type: ${chance.pick(["bug", "feature", "task", "epic", "chore", "odd"])}`,
      `priority: ${chance.below(5)}`,
      `assignee: Jane ${chance.word()}`,
      ...(chance.once(3)
        ? [`external-ref: GH-${chance.word()}`, `tags: [ui, ${chance.word()}]`, `mine: a: b ${chance.word()}`]
        : []),
      ...(index > 2 && chance.once(5) ? [`parent: ${before()}`] : []),
    ].join("\n");
    const notes = chance.once(2) ? `\n## Notes\n\n**2026-01-02T03:04:05Z**\n\n${chance.text()}\n` : "";
    return sourceFile(
      `${id}.md`,
      `---\n${matter}\n---\n# Title: ${chance.word()}\n\n${chance.text()}\n\n## Design\n\n${chance.text()}\n${notes}`,
    );
  });
}
