import { existsSync } from "node:fs";
import { createGitBackend, initGitStore, type Restored, restoreIfLost } from "@wiggum/ticket-backend-git";
import { createJudge, type TicketTypes } from "@wiggum/ticket-core";
import { fromRoot } from "./init-files.js";
import type { InitPart } from "./init-report.js";
import type { ProjectPaths } from "./project-paths.js";

const outcomes = { created: "created", adopted: "changed", kept: "kept" } as const;

function toldOf(paths: ProjectPaths, { broken }: Restored): string {
  const source = `brought back from ${fromRoot(paths, paths.ticketView)}, the second copy`;
  return broken === undefined ? source : `${source}; what was left of it is in ${fromRoot(paths, broken)}`;
}

/**
 * The ticket store and the people's view of it, each made or completed. A store that is lost comes back from the view: an empty one in its
 * place would take the second copy with it.
 * @throws STORE_BROKEN a link or something else in its place; the view holds a history and is no whole copy
 */
export async function makeStore(paths: ProjectPaths, types: TicketTypes): Promise<readonly InitPart[]> {
  const restored = await restoreIfLost({ path: paths.ticketStore, view: paths.ticketView });
  const made = await initGitStore({ path: paths.ticketStore });
  const hasView = existsSync(paths.ticketView);
  const backend = createGitBackend({ root: paths.ticketStore, judge: createJudge(types) });
  try {
    await backend.views.create(paths.ticketView, "full");
    await backend.views.refresh(paths.ticketView);
  } finally {
    await backend.close?.();
  }
  const path = `${fromRoot(paths, paths.ticketStore)}/`;
  const store: InitPart =
    restored === undefined
      ? { part: "store", path, outcome: outcomes[made] }
      : { part: "store", path, outcome: "created", detail: toldOf(paths, restored) };
  return [
    store,
    { part: "view", path: `${fromRoot(paths, paths.ticketView)}/`, outcome: hasView ? "kept" : "created" },
  ];
}
