import { existsSync } from "node:fs";
import { createGitBackend, initGitStore } from "@wiggum/ticket-backend-git";
import { createJudge, type TicketTypes } from "@wiggum/ticket-core";
import { fromRoot } from "./init-files.js";
import type { InitPart } from "./init-report.js";
import type { ProjectPaths } from "./project-paths.js";

const outcomes = { created: "created", adopted: "changed", kept: "kept" } as const;

/** The ticket store and the people's view of it, each made or completed. */
export async function makeStore(paths: ProjectPaths, types: TicketTypes): Promise<readonly InitPart[]> {
  const made = await initGitStore({ path: paths.ticketStore });
  const hasView = existsSync(paths.ticketView);
  const backend = createGitBackend({ root: paths.ticketStore, judge: createJudge(types) });
  try {
    await backend.views.create(paths.ticketView, "full");
    await backend.views.refresh(paths.ticketView);
  } finally {
    await backend.close?.();
  }
  return [
    { part: "store", path: `${fromRoot(paths, paths.ticketStore)}/`, outcome: outcomes[made] },
    { part: "view", path: `${fromRoot(paths, paths.ticketView)}/`, outcome: hasView ? "kept" : "created" },
  ];
}
