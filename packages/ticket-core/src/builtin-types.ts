import type {
  HookReference,
  TicketField,
  TicketState,
  TicketTransition,
  TicketType,
  TicketTypes,
} from "./ticket-type.js";

/** Time that a before-hook of the built-in types may take, in milliseconds: somebody waits for it. */
const beforeHookTimeoutMs = 60_000;
/** The same for an after-hook: it may start an agent in a new worktree. */
const afterHookTimeoutMs = 600_000;

function hooks(...names: readonly string[]): readonly HookReference[] {
  return names.map((name) => ({ name, mode: "retry", timeoutMs: afterHookTimeoutMs }));
}

function beforeHooks(...names: readonly string[]): readonly HookReference[] {
  return names.map((name) => ({ name, mode: "retry", timeoutMs: beforeHookTimeoutMs }));
}

function state(name: string, extra: Partial<TicketState> = {}): TicketState {
  return { name, final: false, satisfiesDependants: false, claimable: false, roles: [], ...extra };
}

function edge(from: string, to: string, extra: Partial<TicketTransition> = {}): TicketTransition {
  return { from, to, effects: [], guards: [], before: [], after: [], ...extra };
}

const workStates: readonly TicketState[] = [
  state("ready", { claimable: true }),
  state("in-progress", { roles: ["worker"] }),
  state("review", { roles: ["reviewer"] }),
  state("qa", { roles: ["qa"] }),
  state("done", { final: true, satisfiesDependants: true }),
  state("closed", { final: true }),
];

const workTransitions: readonly TicketTransition[] = [
  edge("ready", "in-progress", { effects: ["claim"], after: hooks("on-claim") }),
  edge("ready", "closed", { name: "close" }),
  // No `pre-review` ships: a hook that does not exist has nothing to do. A project adds the file, no type has to change for it.
  edge("in-progress", "review", {
    effects: ["merge"],
    before: beforeHooks("pre-review"),
    after: hooks("on-draft-done"),
  }),
  edge("review", "qa", { name: "approve", after: hooks("on-review-done") }),
  edge("review", "in-progress", { name: "reject", after: hooks("on-review-rejected") }),
  edge("review", "done"),
  edge("review", "closed", { name: "close" }),
  edge("qa", "done", { name: "approve", after: hooks("on-qa-done", "on-close") }),
  edge("qa", "in-progress", { name: "reject", after: hooks("on-qa-rejected") }),
  edge("qa", "closed", { name: "close" }),
];

function workType(name: string): TicketType {
  return { name, initial: "ready", states: workStates, transitions: workTransitions, fields: [] };
}

const pullRequestStates: readonly TicketState[] = [
  state("backlog", { claimable: true }),
  // One agent takes a task up to its pull request: it implements, tests, and opens it.
  state("in_progress", { roles: ["worker"] }),
  state("implemented", { roles: ["worker"] }),
  state("tested", { roles: ["worker"] }),
  state("pr_open"),
  state("pr_merged", { final: true, satisfiesDependants: true }),
  state("waiting_for_human"),
  state("cancelled", { final: true }),
];

const pullRequestTransitions: readonly TicketTransition[] = [
  edge("backlog", "in_progress", { effects: ["claim"], after: hooks("on-claim") }),
  edge("in_progress", "implemented"),
  edge("implemented", "tested", { name: "approve" }),
  edge("implemented", "in_progress", { name: "reject" }),
  edge("tested", "in_progress", { name: "reject" }),
  // The pull request shows the feature branch: what the worker has is merged into it first.
  edge("tested", "pr_open", { effects: ["merge"], before: beforeHooks("pre-review") }),
  edge("pr_open", "in_progress", { name: "reject" }),
  edge("pr_open", "pr_merged", { after: hooks("on-close") }),
  ...["in_progress", "implemented", "tested", "pr_open"].flatMap((from) => [
    edge(from, "waiting_for_human", { name: "escalate" }),
    edge(from, "backlog", { name: "abort", effects: ["release"] }),
  ]),
  edge("waiting_for_human", "backlog", { name: "resolve", effects: ["release"] }),
  ...["backlog", "in_progress", "implemented", "tested", "pr_open", "waiting_for_human"].map((from) =>
    edge(from, "cancelled", { name: "close" }),
  ),
];

const pullRequestFields: readonly TicketField[] = [
  { name: "pr_url", kind: "string", required: false, description: "Address of the pull request" },
  { name: "pr_number", kind: "number", required: false, description: "Number of the pull request" },
  {
    name: "pr_status",
    kind: "string",
    required: false,
    values: ["open", "merged", "closed"],
    description: "What became of the pull request",
  },
  {
    name: "waiting_reason",
    kind: "string",
    required: false,
    description: "Why a person has to decide, with `waiting_for_human`",
  },
  { name: "attempts", kind: "number", required: false, description: "How often an agent took it up" },
];

/**
 * The types of a project that defines none: `task` (the default), `feature`, `bug`, `epic` and `chore` share one machine
 * (ready, in-progress, review, qa, done, closed); `pr-task` goes from `backlog` to `pr_merged` by way of a pull request.
 * `done` and `pr_merged` deliver to dependants, `closed` and `cancelled` do not.
 */
export const builtinTypes: TicketTypes = {
  defaultType: "task",
  types: {
    feature: workType("feature"),
    bug: workType("bug"),
    task: workType("task"),
    epic: workType("epic"),
    chore: workType("chore"),
    "pr-task": {
      name: "pr-task",
      initial: "backlog",
      states: pullRequestStates,
      transitions: pullRequestTransitions,
      fields: pullRequestFields,
    },
  },
};
