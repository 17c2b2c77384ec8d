import {
  mostInOneFolder,
  planRelayout,
  type RelayoutPlan,
  type StoreLayout,
  suitingLayout,
} from "@wiggum/ticket-backend-git";
import { createJudge } from "@wiggum/ticket-core";
import type { ProjectFinding } from "./project.js";
import type { ProjectParts } from "./project-parts.js";

/**
 * Moves the tickets of the project to another layout of the store; the people's view follows. Changes nothing until it is applied.
 * @throws STORE_BROKEN
 */
export async function planProjectRelayout(
  { paths, types, backend }: ProjectParts,
  to: StoreLayout | undefined,
): Promise<RelayoutPlan> {
  const plan = await planRelayout(paths.ticketStore, { judge: createJudge(types), to });
  return {
    ...plan,
    async apply() {
      await plan.apply();
      await backend.views?.refresh(paths.ticketView);
    },
  };
}

/** A store that has outgrown one folder: writers do not move what people and scripts know the places of, so it is said. */
export async function layoutNotes({ paths, types }: ProjectParts): Promise<readonly ProjectFinding[]> {
  const { from, tickets } = await planRelayout(paths.ticketStore, { judge: createJudge(types) });
  if (from !== "flat" || suitingLayout(tickets) === "flat") return [];
  return [
    {
      area: "tickets",
      severity: "note",
      code: "STORE_FLAT",
      message: `The store keeps ${tickets} tickets in one folder; above ${mostInOneFolder} each write is faster with folders: 'wiggum doctor --relayout' moves them`,
    },
  ];
}
