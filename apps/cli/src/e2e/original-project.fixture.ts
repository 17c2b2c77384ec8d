// A project as the original shell version left it, made by plain git and plain files: nothing of ours has touched it.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { createRepository, type Repository } from "./built-wiggum.js";

export interface OriginalProject extends Repository {
  /** What git prints in a folder below the root. */
  gitIn(folder: string, ...inputs: readonly string[]): string;
}

interface Made {
  readonly state: string;
  readonly title: string;
  readonly agent?: string;
  readonly dependsOn?: string;
  readonly author?: string;
  readonly more?: string;
}

/** A ticket in the original's words: lists in one line, times with a local offset, comments newest first. */
export function originalTicket(id: string, { state, title, agent, dependsOn, author, more }: Made): string {
  return `---
id: ${id}
type: task
priority: 2
state: ${state}
assigned_agent_id: ${agent ?? ""}
assigned_at: ${agent === undefined ? "" : "2025-07-14T12:30:00+02:00"}
depends_on: ${dependsOn ?? "[]"}
blocks: []
created_at: 2025-07-14T11:00:00+02:00
created_by: ${author ?? "manual"}
---

# ${title}

## Description

[Add description here]

## Acceptance Criteria

- [ ] [Add criteria]

## Comments
${more ?? ""}`;
}

const comments = `
### From qa-3 (2025-07-15 09:00)

Second, which stands first.

### From reviewer-0 (2025-07-14 18:00)

First.
`;

/** Every ticket of the store by its id. */
export const originalTickets: Readonly<Record<string, string>> = {
  "tk-0a01": originalTicket("tk-0a01", { state: "done", title: "Store", more: comments }),
  "tk-0a02": originalTicket("tk-0a02", {
    state: "in-progress",
    title: "Queue",
    agent: "worker-0",
    dependsOn: "[tk-0a01]",
  }),
  "tk-0a03": originalTicket("tk-0a03", {
    state: "ready",
    title: "A title: with signs",
    author: "Jane Q Doe",
  }),
  "tk-0a04": originalTicket("tk-0a04", {
    state: "review",
    title: "Lamp",
    agent: "worker-1",
    dependsOn: "[tk-0a01]   # the store",
  }),
  "tk-0a05": originalTicket("tk-0a05", {
    state: "ready",
    title: "Last",
    dependsOn: "[tk-0a01, tk-0a02]",
  }),
};

const settings = `# wiggum configuration
: "\${WIGGUM_SESSION:=wiggum-legacy}"
: "\${WIGGUM_MAX_AGENTS:=3}"   # panes
: "\${WIGGUM_POLL_INTERVAL:=5}"
: "\${WIGGUM_LAYOUT:=even-horizontal}"
export WIGGUM_EDITOR=true
`;

const types = `{
  "states": ["ready", "in-progress", "review", "qa", "done", "closed"],
  "default_type": "task",
  "types": ["feature", "bug", "task", "epic", "chore"],
  "transitions": {
    "ready": { "targets": ["in-progress", "closed"], "hooks": { "pre": [], "post": { "in-progress": ["on-claim"] } } },
    "in-progress": { "targets": ["review"], "hooks": { "pre": { "review": ["pre-review"] }, "post": [] } },
    "review": { "targets": ["qa", "in-progress", "done", "closed"], "hooks": { "pre": [], "post": [] } },
    "qa": { "targets": ["done", "in-progress", "closed"], "hooks": { "pre": [], "post": ["on-deploy"] } }
  }
}
`;

export interface OriginalOptions {
  /** Name of the store's branch. Default \`main\`; a person's \`init.defaultBranch\` made it \`master\`. */
  readonly storeBranch?: "main" | "master";
}

/** A project in the middle of its life: agents at work, one of them stuck in a rebase, edits and commits that nobody pushed. */
export async function createOriginalProject({
  storeBranch = "main",
}: OriginalOptions = {}): Promise<OriginalProject> {
  const repository = await createRepository({ isInitialised: false });
  const { root, environment, git, write } = repository;
  // A test that asks git for the state of a clone must not refresh its index with that.
  const env = { ...environment, GIT_EDITOR: "true", GIT_OPTIONAL_LOCKS: "0" };
  const gitIn = (folder: string, ...inputs: readonly string[]) =>
    execFileSync("git", inputs, { cwd: join(root, folder), env, encoding: "utf8", stdio: "pipe" }).trimEnd();
  const clone = (folder: string) => {
    mkdirSync(join(root, dirname(folder)), { recursive: true });
    gitIn(".", "clone", "-q", join(root, ".wiggum/tickets.git"), folder);
    for (const [key, value] of [
      ["user.name", "wiggum"],
      ["user.email", "wiggum@local"],
      ["commit.gpgsign", "false"],
    ] as const)
      gitIn(folder, "config", key, value);
  };
  const commit = (folder: string, subject: string) => {
    gitIn(folder, "add", "-A");
    gitIn(folder, "commit", "-q", "-m", subject);
  };

  write(".gitignore", "dist/\n.wiggum/\nworktrees/\n");
  git("add", "-A");
  git("commit", "-qm", "Ignore");
  for (const folder of [".wiggum/hooks", ".wiggum/prompts"])
    mkdirSync(join(root, folder), { recursive: true });
  gitIn(".", "init", "-q", "--bare", "-b", storeBranch, ".wiggum/tickets.git");
  mkdirSync(join(root, ".wiggum/tickets.git/info"), { recursive: true });
  write(".wiggum/tickets.git/info/attributes", "*.md merge=union\n");
  clone(".wiggum/tickets");
  write(".wiggum/tickets/.gitkeep", "");
  commit(".wiggum/tickets", "Initial commit");
  for (const [id, text] of Object.entries(originalTickets)) {
    write(`.wiggum/tickets/${id}.md`, text.replace(/^state: .*$/m, "state: ready").replace(comments, ""));
    commit(".wiggum/tickets", `Create ticket: ${id}`);
  }
  for (const [id, text] of Object.entries(originalTickets)) write(`.wiggum/tickets/${id}.md`, text);
  commit(".wiggum/tickets", "Manual sync");
  gitIn(".wiggum/tickets", "push", "-q", "origin", `HEAD:${storeBranch}`);

  write(".wiggum/config.sh", settings);
  write(".wiggum/ticket_types.json", types);
  write(".wiggum/hooks/on-claim", '#!/bin/sh\necho "mine: $1 $WIGGUM_NEW_STATE"\n', 0o755);
  write(".wiggum/hooks/on-deploy", "#!/bin/sh\necho deployed\n", 0o755);
  write(".wiggum/hooks/on-close", "#!/bin/sh\necho asleep\n", 0o644);
  write(".wiggum/prompts/worker.md", "Work on {TICKET_ID}.\n");
  write(".wiggum/prompts/writer.md", "Write about {TICKET_ID}.\n");
  const pane = (role: string, id: string) => ({
    role,
    tmux_pane_id: id,
    started_at: "2025-07-14T12:30:00+02:00",
  });
  const panes = {
    "qa-3": pane("qa", "%9"),
    "worker-0": pane("worker", "%1"),
    "worker-1": pane("worker", "%2"),
  };
  write(".wiggum/panes.json", `${JSON.stringify(panes, null, 2)}\n`);

  makeAgents({ root, env, git, gitIn, write, clone, commit, storeBranch });
  // The earlier version's hook, which would act on every push.
  write(".wiggum/tickets.git/hooks/post-receive", "#!/bin/sh\ntouch ../../hook-ran\n", 0o755);
  return { ...repository, gitIn };
}

interface Tools {
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  readonly git: Repository["git"];
  readonly gitIn: OriginalProject["gitIn"];
  readonly write: Repository["write"];
  readonly clone: (folder: string) => void;
  readonly commit: (folder: string, subject: string) => void;
  readonly storeBranch: string;
}

function makeAgents({ root, env, git, gitIn, write, clone, commit, storeBranch }: Tools): void {
  for (const [agent, ticket] of [
    ["worker-0", "tk-0a02"],
    ["worker-1", "tk-0a04"],
  ] as const) {
    git("branch", `feature/${ticket}`);
    git("worktree", "add", "-q", "-b", agent, `worktrees/${agent}`, `feature/${ticket}`);
    write(`worktrees/${agent}/${agent}.txt`, `by ${agent}\n`);
    gitIn(`worktrees/${agent}`, "add", `${agent}.txt`);
    gitIn(`worktrees/${agent}`, "commit", "-qm", `Work of ${agent}`);
    clone(`worktrees/${agent}/.wiggum/tickets`);
    write(`worktrees/${agent}/.wiggum/current_prompt.md`, `Work on ${ticket}.\n`);
  }
  git("branch", "-f", "feature/tk-0a04", "worker-1");
  git("worktree", "add", "-q", "-b", "reviewer-0", "worktrees/reviewer-0", "worker-1");
  clone("worktrees/reviewer-0/.wiggum/tickets");
  git("branch", "worker-4");
  write("worktrees/worker-0/README.md", "# Project, being changed\n");
  write("worktrees/worker-0/untracked.txt", "nowhere else\n");

  // worker-0: a commit that was never pushed, and an edit that was never committed.
  const busy = "worktrees/worker-0/.wiggum/tickets";
  const said = "\n### From worker-0 (2025-07-15 10:00)\n\nNearly there.\n";
  write(`${busy}/tk-0a02.md`, `${originalTickets["tk-0a02"]}${said}`);
  commit(busy, "Comments on tk-0a02 from worker-0");
  write(`${busy}/tk-0a05.md`, (originalTickets["tk-0a05"] ?? "").replace("priority: 2", "priority: 1"));

  // worker-1 lost a race: its commit sticks in the middle of a rebase, with conflict marks in the file.
  const stuck = "worktrees/worker-1/.wiggum/tickets";
  write(
    `${stuck}/tk-0a04.md`,
    (originalTickets["tk-0a04"] ?? "").replace("[Add description here]", "A lamp."),
  );
  commit(stuck, "Ticket update");
  const people = ".wiggum/tickets";
  write(
    `${people}/tk-0a04.md`,
    (originalTickets["tk-0a04"] ?? "").replace("[Add description here]", "Two lamps."),
  );
  commit(people, "Ticket update");
  gitIn(people, "push", "-q", "origin", `HEAD:${storeBranch}`);
  const rebase = spawnSync("git", ["pull", "-q", "--rebase", "origin", storeBranch], {
    cwd: join(root, stuck),
    env,
  });
  if (rebase.status === 0) throw new Error("the rebase was to stop at a conflict");

  // A person's edit that was never submitted.
  write(`${people}/tk-0a03.md`, (originalTickets["tk-0a03"] ?? "").replace("priority: 2", "priority: 0"));
}

/** Every file below a folder with its bytes (a link: where it points), by path. `isLeftOut` names what does not count. */
export function filesBelow(
  folder: string,
  isLeftOut: (path: string) => boolean = () => false,
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const visit = (below: string) => {
    for (const name of readdirSync(join(folder, below)).sort()) {
      const path = join(below, name);
      if (isLeftOut(path)) continue;
      const status = lstatSync(join(folder, path));
      if (status.isDirectory()) visit(path);
      else if (status.isSymbolicLink()) found.set(path, `-> ${readlinkSync(join(folder, path))}`);
      else
        found.set(path, `${(status.mode & 0o777).toString(8)} ${readFileSync(join(folder, path), "latin1")}`);
    }
  };
  if (existsSync(folder)) visit("");
  return found;
}
