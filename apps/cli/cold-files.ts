// Files that no command needs which only reads tickets from a store that nobody touched since. In the bundle of the commands that are run all the time
// (src/hot.ts) they are a file of its own, which is loaded when the first of their functions is called (see bundle-plugins.ts): a read that has less
// to load and to keep starts faster. A file that is missing here, or here though reads need it, costs time and nothing else;
// start-up.test.ts says so.
const folders: Readonly<Record<string, string>> = {
  "apps/cli/src": "change-question retell storage-failure",
  "packages/control-plane/src":
    "absent-runner agent-file branch-names code-errors feature-branch find-program hook-files hook-operations hook-wake init-adoption moved-agents own-claim owner-lock panels-view project-agents project-transitions registry-adoption registry-changes registry-failed-spawns registry-ports registry-rows salvage-record salvage-refs scheduler-note storage-errors store-upkeep ticket-difference ulid unmerged-tickets unrelated-work",
  "packages/git/src":
    "branches combine input-file merge-trees path-text refs repository run-program status worktree-add worktree-place worktrees",
  "packages/runner-process/src":
    "ask-program failures find-program follow-output inbox keeper look-at-session ps-processes read-output readable-output session-cost session-files session-members spawn-keeper start-session stop-session told-evidence",
  "packages/runner-tmux/src": "failures",
  "packages/ticket-backend-git/src":
    "diagnose foreign-problem foreign-store git-processes init-git-store last-change lock-files maintain past-versions rejections step-judge store-full timeline write-refusals",
  "packages/ticket-backend-git/src/in-process": "compare-trees encode-objects walk-commits",
  "packages/ticket-backend-git/src/read-index": "tree-changes",
  "packages/ticket-backend-git/src/uplink": "uplink-state",
  "packages/ticket-backend-git/src/views": "copy-objects index-file",
  "packages/ticket-core/src":
    "body criteria decide-commit declared-fields doctor events faults front-matter-edit merge-body merge-checklists merge same-value section-checklist-edit section-checklist section-escape section-heading section-marker section-outline-exact section-outline-scan section-outline section-parts sections storage-fault ticket-changes tree",
  "packages/ticket-core/src/operations":
    "check-workable commit-once create-ticket dependency-check hold-ticket merge-ticket move-ticket rewrite-ticket",
  "packages/workflow/src":
    "agent-reports hook-depth output-records plan-transition preview-transition reaches-sessions run-transition settle-agents spawn-mode ticket-types-original transition-rivals",
};

/** Their paths from the top of the repository. */
export const coldFiles: ReadonlySet<string> = new Set(
  Object.entries(folders).flatMap(([folder, names]) =>
    names.split(" ").map((name) => `${folder}/${name}.ts`),
  ),
);
