import type { Project } from "./project.js";
import { keptDays } from "./salvage-refs.js";

const everyMs = 24 * 60 * 60_000;

/**
 * Drops salvage points whose time is over, at its first call and once a day: to be called at any time. In words what was dropped. A git that
 * cannot do so now is asked again the next day: nothing waits for it.
 */
export function createSalvageSweep({
  salvage,
  clock,
}: Pick<Project, "salvage" | "clock">): () => Promise<readonly string[]> {
  let nextAtMs = Number.NEGATIVE_INFINITY;
  return async () => {
    if (clock.monotonicMs() < nextAtMs) return [];
    nextAtMs = clock.monotonicMs() + everyMs;
    return (await salvage.dropExpired()).map(
      ({ name, commit }) =>
        `salvage point ${name} was kept for ${keptDays} days and is dropped (commit ${commit})`,
    );
  };
}
