import type { ProjectFinding } from "./project.js";
import { examineAgents } from "./project-doctor-agents.js";
import { examineFolder, examineHooks, examinePrompts, examineSettings } from "./project-doctor-files.js";
import { examineOutbox } from "./project-doctor-outbox.js";
import { examineProfiles } from "./project-doctor-profiles.js";
import { examineStore } from "./project-doctor-store.js";
import { examineViews } from "./project-doctor-views.js";
import type { ProjectParts } from "./project-parts.js";
import type { ProjectSpawns } from "./project-spawns.js";

/**
 * Looks at everything of a project and changes nothing. What can be mended comes with its plan; mending is left to whoever asked.
 */
export async function examineProject(
  parts: ProjectParts,
  spawns: ProjectSpawns,
): Promise<readonly ProjectFinding[]> {
  const { paths, types, settingsWarnings } = parts;
  const store = await examineStore(parts);
  const found: (readonly ProjectFinding[])[] = [
    await examineFolder(paths),
    examineSettings(paths, settingsWarnings),
    await examineHooks(paths, types),
    await examinePrompts(paths),
    await examineProfiles(parts),
    store.findings,
    await examineOutbox(parts),
  ];
  // Without the store nothing can be said about who works on what, and no view can be compared with it.
  if (store.isUsable) found.push(await examineViews(parts), await examineAgents(parts, spawns));
  return found.flat();
}
