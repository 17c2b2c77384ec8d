import { randomInt } from "node:crypto";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { createGit } from "@wiggum/git";
import {
  cloneStore,
  createGitBackend,
  initGitStore,
  type Restored,
  restoreIfLost,
  settleClone,
} from "@wiggum/ticket-backend-git";
import {
  createJudge,
  createTickets,
  isTicketError,
  type TicketTypes,
  type TicketViews,
} from "@wiggum/ticket-core";
import { agentClones } from "./adoption-backup.js";
import { enterOriginalAgents } from "./adoption-registry.js";
import { fromRoot } from "./init-files.js";
import type { InitPart } from "./init-report.js";
import type { ProjectPaths } from "./project-paths.js";
import type { UpstreamSettings } from "./settings.js";
import { newUlid } from "./ulid.js";
import { resolveUpstream } from "./upstream-address.js";

const outcomes = { created: "created", adopted: "changed", kept: "kept" } as const;

/**
 * The ticket store and the people's view of it, each made or completed. A store that is lost comes back from the view: an empty one in its
 * place would take the second copy with it. With `isAdopted` the clones of agents become views, too: what was committed or edited there and
 * never pushed stays in the files as an edit that can be submitted.
 * With an upstream that has tickets, a new store begins with those.
 * @throws OFFLINE UPSTREAM_UNUSABLE, STORE_BROKEN a link or something else in its place; the view holds a history and is no whole copy
 */
export async function makeStore(
  paths: ProjectPaths,
  types: TicketTypes,
  { isAdopted, upstream }: { readonly isAdopted: boolean; readonly upstream?: UpstreamSettings | undefined },
): Promise<readonly InitPart[]> {
  // The shell version's clone is no second copy, and its store may have another branch.
  const restored = isAdopted
    ? undefined
    : await restoreIfLost({ path: paths.ticketStore, view: paths.ticketView });
  const isCloned = !isAdopted && (await fromUpstream(paths, upstream));
  const made = await initGitStore({ path: paths.ticketStore });
  const hasView = existsSync(paths.ticketView);
  const clones = isAdopted ? (await agentClones(paths)).map(({ folder }) => folder) : [];
  if (isAdopted && hasView) settleClone(paths.ticketView);
  const backend = createGitBackend({ root: paths.ticketStore, judge: createJudge(types) });
  try {
    await backend.views.create(paths.ticketView, "full");
    const { edited } = await backend.views.refresh(paths.ticketView);
    const view: InitPart = {
      part: "view",
      path: `${fromRoot(paths, paths.ticketView)}/`,
      outcome: hasView ? "kept" : "created",
      detail: notSubmitted(paths, paths.ticketView, isAdopted ? edited : []),
    };
    const store: InitPart = {
      part: "store",
      path: `${fromRoot(paths, paths.ticketStore)}/`,
      ...(restored !== undefined
        ? { outcome: "created", detail: toldOf(paths, restored) }
        : isCloned
          ? { outcome: "created", detail: "with the tickets of the upstream" }
          : { outcome: outcomes[made] }),
    };
    const parts: InitPart[] = [store, view];
    for (const folder of clones) parts.push(await adoptClone(paths, backend.views, folder));
    const now = () => new Date();
    const tickets = createTickets({ backend, types, now, newId: newUlid, random: randomInt });
    if (isAdopted) parts.push(await enterOriginalAgents(paths, tickets));
    return parts;
  } finally {
    await backend.close?.();
  }
}

/** A further host begins with what the others have. @throws OFFLINE UPSTREAM_UNUSABLE an empty store would be a second beginning */
async function fromUpstream(paths: ProjectPaths, upstream: UpstreamSettings | undefined): Promise<boolean> {
  if (upstream === undefined || existsSync(paths.ticketStore)) return false;
  const url = await resolveUpstream(createGit({ cwd: paths.root }), paths.root, upstream);
  const { branch, timeoutMs } = upstream;
  const options = { path: paths.ticketStore, upstream: { url, branch }, networkTimeoutMs: timeoutMs };
  return (await cloneStore(options)) === "cloned";
}

function toldOf(paths: ProjectPaths, { broken }: Restored): string {
  const source = `brought back from ${fromRoot(paths, paths.ticketView)}, the second copy`;
  return broken === undefined ? source : `${source}; what was left of it is in ${fromRoot(paths, broken)}`;
}

async function adoptClone(paths: ProjectPaths, views: TicketViews, folder: string): Promise<InitPart> {
  const part = { part: "view", path: `${fromRoot(paths, folder)}/` } as const;
  try {
    settleClone(folder);
    await views.create(folder, "full");
    const { edited } = await views.refresh(folder);
    return { ...part, outcome: "changed", detail: notSubmitted(paths, folder, edited) };
  } catch (error) {
    // A clone that is broken must not keep the others from being opened: it stays as it is, and doctor names it.
    if (!isTicketError(error, "STORE_BROKEN")) throw error;
    return { ...part, outcome: "kept", detail: `could not be opened: ${error.message}` };
  }
}

function notSubmitted(paths: ProjectPaths, folder: string, ids: readonly string[]): string | undefined {
  if (ids.length === 0) return undefined;
  const place = fromRoot(paths, dirname(dirname(folder)));
  const where = place === "" ? "" : ` in ${place}`;
  return `edited there and not submitted: ${ids.join(", ")}; 'wiggum ticket sync'${where} submits that`;
}
