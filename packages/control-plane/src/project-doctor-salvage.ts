import { isGitError } from "@wiggum/git";
import type { ProjectFinding } from "./project.js";
import type { ProjectParts } from "./project-parts.js";
import { dropExpiredSalvage, expiredSalvage, keptDays } from "./salvage-refs.js";

/** Salvage points whose time is over. `wiggum run` drops them when it starts; who never runs it has them named here. */
export async function examineSalvage({ git, clock }: ProjectParts): Promise<readonly ProjectFinding[]> {
  try {
    const names = (await expiredSalvage(git, clock.now())).map(({ name }) => name);
    if (names.length === 0) return [];
    const points = names.length === 1 ? "1 salvage point is" : `${names.length} salvage points are`;
    return [
      {
        area: "worktrees",
        severity: "warning",
        code: "SALVAGE_EXPIRED",
        message: `${points} older than ${keptDays} days: ${names.join(", ")}`,
        hint: "'wiggum salvage restore' brings back what somebody still wants.",
        fix: {
          plan: `drop ${names.join(", ")}`,
          apply: async () => void (await dropExpiredSalvage(git, clock.now())),
        },
      },
    ];
  } catch (error) {
    // Without a repository nothing was ever saved into it.
    if (!isGitError(error, "NOT_A_REPOSITORY")) throw error;
    return [];
  }
}
