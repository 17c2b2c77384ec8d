import { isWorkflowError } from "@wiggum/workflow";
import type { ProjectFinding } from "./project.js";
import { examineAgents } from "./project-doctor-agents.js";
import { examineBaseBranch } from "./project-doctor-base.js";
import { examineAgentCommands } from "./project-doctor-commands.js";
import { examineStorage, faultFindings, looking } from "./project-doctor-faults.js";
import {
  examineFolder,
  examineHooks,
  examinePrompts,
  examineSettings,
  examineTypesFile,
} from "./project-doctor-files.js";
import { examineMessages } from "./project-doctor-messages.js";
import { examineNotifications } from "./project-doctor-notifications.js";
import { examineAbandonedHooks, examineOutbox } from "./project-doctor-outbox.js";
import { examineProfiles } from "./project-doctor-profiles.js";
import { examineSalvage } from "./project-doctor-salvage.js";
import { examineStore } from "./project-doctor-store.js";
import { examineUpstream } from "./project-doctor-upstream.js";
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
  const { paths, types, settingsWarnings, faults } = parts;
  const { controlDirectory, hooksDirectory, promptsDirectory, outboxDatabase } = paths;
  // What other settings and types would say is not known: neither is judged by them, nor mended.
  const isTypesKnown = !faults.some((fault) => isWorkflowError(fault, "TYPES_INVALID"));
  let isUsable = false;
  const found: (readonly ProjectFinding[])[] = [
    examineStorage(paths),
    faultFindings(paths, faults),
    await looking("project", { name: "The folder", path: controlDirectory }, () => examineFolder(paths)),
    examineSettings(paths, settingsWarnings),
    await looking("settings", { name: "The base branch", path: paths.configYaml }, () =>
      examineBaseBranch(parts),
    ),
    isTypesKnown ? examineTypesFile(paths) : [],
    await looking("hooks", { name: "The hooks", path: hooksDirectory }, () =>
      isTypesKnown ? examineHooks(paths, types) : [],
    ),
    await looking("settings", { name: "The prompts", path: promptsDirectory }, () => examinePrompts(paths)),
    await looking("settings", { name: "The agent commands", path: paths.configShell }, () =>
      examineAgentCommands(parts),
    ),
    await looking("settings", { name: "The agent profiles", path: paths.configYaml }, () =>
      examineProfiles(parts),
    ),
    await looking("settings", { name: "The notifications", path: paths.notices }, () =>
      examineNotifications(parts),
    ),
    await looking("tickets", { name: "The ticket store", path: controlDirectory }, async () => {
      const store = await examineStore(parts, isTypesKnown);
      ({ isUsable } = store);
      return store.findings;
    }),
    await looking("hooks", { name: "The outbox of hooks", path: outboxDatabase }, () => examineOutbox(parts)),
    await looking("hooks", { name: "What hooks left", path: paths.stateRoot }, () =>
      examineAbandonedHooks(parts),
    ),
    await looking("worktrees", { name: "What was salvaged", path: paths.root }, () => examineSalvage(parts)),
  ];
  // Without the store nothing can be said about who works on what, and no view can be compared with it.
  if (isUsable) {
    found.push(
      await looking("tickets", { name: "The upstream", path: paths.ticketStore }, () =>
        examineUpstream(parts),
      ),
      await looking("views", { name: "The ticket files", path: paths.ticketView }, () => examineViews(parts)),
      await looking("agents", { name: "The agents", path: paths.agentsDatabase }, () =>
        examineAgents(parts, spawns, isTypesKnown),
      ),
      await looking("agents", { name: "The messages that wait", path: paths.messages }, () =>
        examineMessages(parts),
      ),
    );
  }
  return faults.length === 0 ? found.flat() : found.flat().map(withoutFix);
}

/** What would be done may depend on the settings and types that cannot be read. */
function withoutFix(finding: ProjectFinding): ProjectFinding {
  if (finding.fix === undefined || !["agents", "worktrees"].includes(finding.area)) return finding;
  const { fix: _, ...rest } = finding;
  const hint = "Correct the settings first: then 'wiggum doctor --fix' mends this.";
  return { ...rest, hint: rest.hint === undefined ? hint : `${rest.hint} ${hint}` };
}
