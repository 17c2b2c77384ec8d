import { basename, join, sep } from "node:path";

/** Absolute, real path of the main project folder: the one that holds `.wiggum`. Only `findProject` and `init` make one. */
export type ProjectRoot = string & { readonly __brand: "ProjectRoot" };

/** Where everything of a project lies. The only place that spells `.wiggum`. */
export interface ProjectPaths {
  readonly root: ProjectRoot;
  /** `<root>/.wiggum` */
  readonly controlDirectory: string;
  readonly marker: string;
  readonly configShell: string;
  readonly configYaml: string;
  readonly ticketTypes: string;
  readonly hooksDirectory: string;
  readonly promptsDirectory: string;
  readonly profilesDirectory: string;
  readonly toolsDirectory: string;
  readonly agentsDatabase: string;
  readonly outboxDatabase: string;
  readonly panelsFile: string;
  readonly tmuxConfig: string;
  /** Logs and exit states: `<agent>/<generation>/`; hook logs in `hooks/`. */
  readonly stateRoot: string;
  readonly hookLogs: string;
  /** What set-up and tear-down of worktrees printed: `<agent>.set-up.log`. */
  readonly worktreeLogs: string;
  /** Messages that have not arrived: `<agent>/<id>.json`. */
  readonly messages: string;
  /** What people were told of, and what they are still to be told: a database. */
  readonly notices: string;
  /** What settings and types mean, kept to save time. May be deleted at any time. */
  readonly parsedFiles: string;
  /** Answers of the agent program to one-shot questions. May be deleted at any time. */
  readonly keptAnswers: string;
  /** Kernel-lock files that prove that an owner process lives. */
  readonly ownersDirectory: string;
  /** Held by the one process that sets the project up. */
  readonly initLock: string;
  /** What adoption of a project of the shell version replaced, kept as it was. */
  readonly adoptionBackup: string;
  /** The store: handed to the ticket backend once, in one line of composition, and to nobody else. */
  readonly ticketStore: string;
  /** People's view of the tickets. */
  readonly ticketView: string;
  readonly worktreesDirectory: string;
  readonly claudeDirectory: string;
  readonly specsDirectory: string;
}

const control = ".wiggum";

const known = new Map<string, ProjectPaths>();

/** Where everything of a project lies, as absolute paths. Only computes: nothing is looked at. */
export function projectPaths(root: ProjectRoot, worktreesDirectory?: string): ProjectPaths {
  // Asked for everywhere: thirty paths a dozen times would be a part of every start that one can measure.
  const key = `${root}\0${worktreesDirectory ?? ""}`;
  const paths = known.get(key) ?? computePaths(root, worktreesDirectory ?? join(root, "worktrees"));
  known.set(key, paths);
  return paths;
}

function computePaths(root: ProjectRoot, worktreesDirectory: string): ProjectPaths {
  const controlDirectory = join(root, control);
  // Nothing in it is to be normalized, which would be done thirty times, character by character.
  const inControl = (...parts: string[]) => [controlDirectory, ...parts].join(sep);
  return {
    root,
    controlDirectory,
    marker: inControl("wiggum.json"),
    configShell: inControl("config.sh"),
    configYaml: inControl("config.yaml"),
    ticketTypes: inControl("ticket_types.json"),
    hooksDirectory: inControl("hooks"),
    promptsDirectory: inControl("prompts"),
    profilesDirectory: inControl("profiles"),
    toolsDirectory: inControl("tools"),
    agentsDatabase: inControl("agents.db"),
    outboxDatabase: inControl("outbox.db"),
    panelsFile: inControl("panels.json"),
    tmuxConfig: inControl("tmux.conf"),
    stateRoot: inControl("state"),
    hookLogs: inControl("state", "hooks"),
    worktreeLogs: inControl("state", "worktrees"),
    messages: inControl("state", "messages"),
    notices: inControl("state", "notices.db"),
    parsedFiles: inControl("state", "parsed"),
    keptAnswers: inControl("state", "answers"),
    ownersDirectory: inControl("owners"),
    initLock: inControl("state", "init.lock"),
    adoptionBackup: inControl("before-adoption"),
    ticketStore: inControl("tickets.git"),
    ticketView: inControl("tickets"),
    worktreesDirectory,
    claudeDirectory: join(root, ".claude"),
    specsDirectory: join(root, "specs"),
  };
}

/** What lies in an agent's worktree. */
export interface WorktreePaths {
  readonly worktree: string;
  readonly controlDirectory: string;
  readonly ticketView: string;
  readonly promptFile: string;
  readonly agentFile: string;
  /** Messages for the agent, one JSON object a line. */
  readonly inboxFile: string;
}

/** Where Wiggum's own files lie in an agent's worktree, as absolute paths. Only computes. */
export function worktreePaths(worktree: string): WorktreePaths {
  const inControl = (...parts: string[]) => join(worktree, control, ...parts);
  return {
    worktree,
    controlDirectory: inControl(),
    ticketView: inControl("tickets"),
    promptFile: inControl("current_prompt.md"),
    agentFile: inControl("agent.json"),
    inboxFile: inControl("inbox.jsonl"),
  };
}

/** `wiggum-<basename of the root>`, the session's name unless `WIGGUM_SESSION` says otherwise. */
export function defaultSessionName(root: ProjectRoot): string {
  return `wiggum-${basename(root)}`;
}

/**
 * Lines that keep the project's data out of the code repository. `everything` hides the whole control folder, `data` leaves settings,
 * types, hooks and prompts visible, so that a team can commit them.
 */
export function ignoredPaths(scope: "everything" | "data"): readonly string[] {
  if (scope === "everything") return [`${control}/`];
  const data = [
    "tickets.git*/",
    "tickets/",
    "agents.db*",
    "outbox.db*",
    "panels.json",
    "state/",
    "owners/",
    "before-adoption/",
    "current_prompt.md",
    "agent.json",
    "inbox.jsonl",
  ];
  return data.map((name) => `${control}/${name}`);
}
