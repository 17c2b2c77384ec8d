import {
  type CommitId,
  changedFiles,
  createRef,
  deleteRef,
  type Git,
  wiggumIdentity,
  writeCommit,
} from "@wiggum/git";
import { printable } from "@wiggum/ticket-core";
import { type AgentId, WorkflowError } from "@wiggum/workflow";
import type { SalvageEntry } from "./project.js";
import { writeTreeWith } from "./salvage-objects.js";
import {
  parseSalvageMessage,
  type SalvageRecord,
  salvageMessage,
  salvageName,
  salvageRef,
} from "./salvage-record.js";
import { keptUntil, salvageRefs } from "./salvage-refs.js";
import { newUlid } from "./ulid.js";
import { isSameWork, type SnapshotRules, takeSnapshot, type WorkSnapshot } from "./work-snapshot.js";

/** A salvage point and the state of the worktree that it holds. */
export interface SalvagedWork {
  readonly entry: SalvageEntry;
  readonly snapshot: WorkSnapshot;
}

const attempts = 5;

/**
 * Keeps all that a removal of the worktree would destroy under a ref of its own: files changed, staged, untracked and ignored, the index,
 * and the commits that only it refers to. Touches neither files nor index. Looks again afterwards: what changed meanwhile is kept, too.
 * @throws WORKTREE_UNSAFE something there cannot be kept (a repository inside, a changed sub-module, too much)
 */
export async function salvageWorktree(
  git: Git,
  agentId: AgentId,
  worktree: string,
  rules: SnapshotRules & { readonly reason: string },
): Promise<SalvagedWork> {
  for (let attempt = 1; ; attempt++) {
    const snapshot = await takeSnapshot(git, worktree, rules);
    if (snapshot.obstacles.length > 0) throw unsafe(worktree, snapshot.obstacles);
    const entry = await storeSnapshot(git, agentId, snapshot, rules.reason);
    const again = await takeSnapshot(git, worktree, rules);
    if (isSameWork(snapshot, again)) return { entry, snapshot };
    if (attempt === attempts) throw unsafe(worktree, ["it keeps changing"]);
  }
}

async function storeSnapshot(
  git: Git,
  agentId: AgentId,
  snapshot: WorkSnapshot,
  reason: string,
): Promise<SalvageEntry> {
  const { head, indexTree, worktree, branch, open } = snapshot;
  const index =
    indexTree === undefined
      ? undefined
      : await writeCommit(git, {
          tree: indexTree,
          parents: head === undefined ? [] : [head],
          message: `Index of ${agentId}`,
          identity: wiggumIdentity,
        });
  const parents = [head, index, ...snapshot.commits].filter((commit) => commit !== undefined);
  return store(git, {
    record: { agentId, at: new Date().toISOString(), reason, worktree, branch, head, index, open },
    tree: snapshot.tree,
    parents: [...new Set(parents)],
  });
}

/** Keeps a branch that is about to be deleted. */
export async function salvageBranch(
  git: Git,
  agentId: AgentId,
  branch: string,
  tip: CommitId,
  reason: string,
): Promise<SalvageEntry> {
  const tree = (await git.run(["rev-parse", `${tip}^{tree}`])).stdout.trim();
  const record = { agentId, at: new Date().toISOString(), reason, branch, head: tip };
  return store(git, { record, tree, parents: [tip] });
}

async function store(
  git: Git,
  point: { readonly record: SalvageRecord; readonly tree: string; readonly parents: readonly CommitId[] },
): Promise<SalvageEntry> {
  const { record, tree, parents } = point;
  const message = salvageMessage(record);
  const commit = await writeCommit(git, { tree, parents, message, identity: wiggumIdentity });
  const ref = salvageRef(record.agentId, newUlid());
  await createRef(git, ref, commit, "wiggum: salvage");
  return entryOf(git, ref, commit, record);
}

async function entryOf(
  git: Git,
  ref: string,
  commit: CommitId,
  record: SalvageRecord,
): Promise<SalvageEntry> {
  const base = record.head ?? (await emptyCommit(git));
  return {
    name: salvageName(ref)?.name ?? ref,
    ref,
    commit,
    agentId: record.agentId,
    at: record.at,
    keptUntil: keptUntil(ref).toISOString(),
    files: await changedFiles(git, base, commit),
  };
}

/** A commit to compare with where there is none: no ref keeps it. */
async function emptyCommit(git: Git): Promise<CommitId> {
  const tree = await writeTreeWith(git, undefined, [], []);
  return writeCommit(git, { tree, parents: [], message: "Nothing", identity: wiggumIdentity });
}

/** All salvage points, oldest first. Refs of that place that we did not make are left out. */
export async function listSalvage(git: Git): Promise<readonly SalvageEntry[]> {
  const entries: SalvageEntry[] = [];
  for (const { ref, commit } of await salvageRefs(git)) {
    entries.push(await entryOf(git, ref, commit, await readRecord(git, commit)));
  }
  return entries.sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0));
}

/** Names of agents that have salvage points. */
export async function salvagedAgents(git: Git): Promise<readonly AgentId[]> {
  return [...new Set((await salvageRefs(git)).map(({ agentId }) => agentId))];
}

/** Reads what was noted in the commit of a salvage point. @throws GIT_FAILED there is no such commit */
export async function readRecord(git: Git, commit: CommitId): Promise<SalvageRecord> {
  const { stdout } = await git.run(["log", "-1", "--no-show-signature", "--format=%B", commit, "--"]);
  return parseSalvageMessage(stdout);
}

/** The salvage point of that name: `<agent>/<ulid>`, or a unique beginning or end of it. @throws SALVAGE_NOT_FOUND */
export async function findSalvage(git: Git, name: string): Promise<SalvageEntry> {
  const entries = await listSalvage(git);
  const exact = entries.find((entry) => entry.name === name);
  if (exact !== undefined) return exact;
  const similar = entries.filter((entry) => isSimilar(entry.name, name));
  const [only, ...others] = similar;
  if (only !== undefined && others.length === 0) return only;
  const candidates = similar.map((entry) => entry.name);
  throw new WorkflowError(
    "SALVAGE_NOT_FOUND",
    others.length > 0
      ? `'${printable(name)}' names several salvage points: ${candidates.join(", ")}`
      : `There is no salvage point '${printable(name)}'`,
    { name, candidates },
    { hint: "'wiggum salvage list' shows them." },
  );
}

/** Is `part` a beginning or an end of the name? */
function isSimilar(name: string, part: string): boolean {
  return part !== "" && (name.startsWith(part) || name.endsWith(part));
}

/** What it is and what it changes, as text. */
export async function showSalvage(git: Git, name: string): Promise<string> {
  const entry = await findSalvage(git, name);
  const record = await readRecord(git, entry.commit);
  const base = record.head ?? (await emptyCommit(git));
  const { stdout } = await git.run([
    "diff",
    "--stat=120",
    "--patch",
    "--no-ext-diff",
    "--no-textconv",
    "--no-renames",
    base,
    entry.commit,
    "--",
  ]);
  const lines = [
    `salvage point ${entry.name}`,
    `made    ${record.at} (${printable(record.reason)})`,
    ...(record.worktree === undefined ? [] : [`from    ${printable(record.worktree)}`]),
    `branch  ${record.branch === undefined ? "none (detached)" : printable(record.branch)}`,
    `on top  ${record.head ?? "no commit"}`,
    ...(record.open === undefined ? [] : [`open    a ${record.open}`]),
    ...(record.index === undefined ? [] : [`staged  ${record.index}`]),
  ];
  return `${lines.join("\n")}\n\n${stdout}`;
}

/** Forgets a salvage point of exactly this name; git removes its objects in time. @throws SALVAGE_NOT_FOUND */
export async function dropSalvage(git: Git, name: string): Promise<void> {
  const points = await salvageRefs(git);
  const point = points.find((candidate) => candidate.name === name);
  if (point !== undefined) return deleteRef(git, point.ref, point.commit);
  const candidates = points.map((candidate) => candidate.name).filter((other) => isSimilar(other, name));
  throw new WorkflowError(
    "SALVAGE_NOT_FOUND",
    `There is no salvage point of exactly this name: '${printable(name)}'`,
    { name, candidates },
    { hint: "Name it in full, as 'wiggum salvage list' shows it: what is dropped is gone." },
  );
}

function unsafe(worktree: string, reasons: readonly string[]): WorkflowError<"WORKTREE_UNSAFE"> {
  return new WorkflowError(
    "WORKTREE_UNSAFE",
    `The worktree ${printable(worktree)} cannot be saved as a whole: ${reasons.join("; ")}`,
    { worktree, reasons },
    { hint: "Move or commit what is named, then try again. Nothing was removed." },
  );
}
