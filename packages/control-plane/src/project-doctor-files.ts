import { existsSync, statSync } from "node:fs";
import { chmod, readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { printable, type TicketTypes } from "@wiggum/ticket-core";
import { isWorkflowError } from "@wiggum/workflow";
import { inactiveReason } from "./hook-files.js";
import { fromRoot } from "./init-files.js";
import { isSharedProject, missingIgnoreLines, writeIgnore } from "./init-ignore.js";
import { markerText } from "./marker-file.js";
import type { ProjectFinding } from "./project.js";
import type { ProjectPaths } from "./project-paths.js";
import { promptNames, unknownPlaceholders } from "./render-prompt.js";
import { listRoles, loadRole } from "./roles.js";
import type { SettingsWarning } from "./settings.js";
import { templatePath } from "./templates.js";
import { createFile } from "./write-files.js";

/** The marker, and the lines that keep data out of the code repository. */
export async function examineFolder(paths: ProjectPaths): Promise<readonly ProjectFinding[]> {
  const findings: ProjectFinding[] = [];
  if (!existsSync(paths.marker)) {
    findings.push({
      area: "project",
      severity: "warning",
      code: "MARKER_MISSING",
      message: `${fromRoot(paths, paths.marker)} is missing: files of the project folder were deleted ('git clean -fdx' does that)`,
      hint: "'wiggum init' brings back whatever else is missing; tickets are kept apart and are whole.",
      fix: {
        plan: `write ${fromRoot(paths, paths.marker)}`,
        apply: async () => void (await createFile(paths.marker, markerText())),
      },
    });
  }
  const isShared = await isSharedProject(paths);
  const missing = await missingIgnoreLines(paths, isShared);
  if (missing.length > 0) {
    findings.push({
      area: "project",
      severity: "warning",
      code: "IGNORE_LINES_MISSING",
      message: `.gitignore lacks ${missing.join(" ")}: ticket data could be committed to the code`,
      fix: {
        plan: `append to .gitignore: ${missing.join(" ")}`,
        apply: async () => void (await writeIgnore(paths, { isShared, extra: [] })),
      },
    });
  }
  return findings;
}

export function examineSettings(
  paths: ProjectPaths,
  warnings: readonly SettingsWarning[],
): readonly ProjectFinding[] {
  return warnings.map(({ path, line, message }) => ({
    area: "settings",
    severity: "warning",
    code: "SETTING_UNREAD",
    message: `${fromRoot(paths, path)}:${line}: ${printable(message)}`,
    hint: "Correct the name, or remove the line.",
  }));
}

/** Without the file the built-in types hold, which nobody may have meant. */
export function examineTypesFile(paths: ProjectPaths): readonly ProjectFinding[] {
  const { ticketTypes } = paths;
  if (existsSync(ticketTypes)) return [];
  const file = fromRoot(paths, ticketTypes);
  return [
    {
      area: "settings",
      severity: "warning",
      code: "TYPES_MISSING",
      message: `There is no ${file}: the built-in ticket types are in force`,
      hint: "Bring yours back if the project had its own.",
      fix: {
        plan: `write ${file} with the built-in types`,
        apply: async () =>
          void (await createFile(ticketTypes, await readFile(templatePath(basename(ticketTypes)), "utf8"))),
      },
    },
  ];
}

/** Hooks that the types name and that lie there without being a program: they never run. */
export async function examineHooks(
  paths: ProjectPaths,
  types: TicketTypes,
): Promise<readonly ProjectFinding[]> {
  const edges = Object.values(types.types).flatMap(({ transitions }) => transitions);
  const named = new Set(edges.flatMap(({ before, after }) => [...before, ...after].map(({ name }) => name)));
  const present = (await readdir(paths.hooksDirectory).catch(noFolder)).sort();
  const findings: ProjectFinding[] = [];
  for (const name of present) {
    const path = join(paths.hooksDirectory, name);
    const reason = named.has(name) ? inactiveReason(paths, name) : undefined;
    if (reason === undefined) continue;
    const status = statOf(path);
    if (status?.isFile() !== true) {
      findings.push({
        area: "hooks",
        severity: "warning",
        code: "HOOK_NO_FILE",
        message: `${printable(reason)}, so ${existsSync(templatePath("hooks", name)) ? "the shipped hook runs in its place" : `nothing runs for the hook ${printable(name)}`}`,
        hint: "Put the hook's program in its place, or remove it.",
      });
      continue;
    }
    if ((status.mode & 0o111) !== 0) continue;
    findings.push({
      area: "hooks",
      severity: "warning",
      code: "HOOK_NOT_EXECUTABLE",
      message: `${fromRoot(paths, path)} is not executable, so ${existsSync(templatePath("hooks", name)) ? "the shipped hook runs in its place" : "it never runs"}`,
      hint: "Remove the file if that is meant.",
      fix: {
        plan: `make ${fromRoot(paths, path)} executable`,
        apply: async () => chmod(path, (statSync(path).mode & 0o777) | 0o111),
      },
    });
  }
  return findings;
}

/** Role prompts: files that are no text, front matter that cannot be read, placeholders that nothing fills. */
export async function examinePrompts(paths: ProjectPaths): Promise<readonly ProjectFinding[]> {
  const findings: ProjectFinding[] = [];
  for (const name of await listRoles(paths)) {
    try {
      const role = await loadRole(paths, name);
      const unknown = unknownPlaceholders(role.prompt);
      if (role.source !== "project" || role.path === undefined || unknown.length === 0) continue;
      findings.push({
        area: "settings",
        severity: "warning",
        code: "PLACEHOLDER_UNKNOWN",
        message: `${fromRoot(paths, role.path)} names ${unknown.map((word) => `{${word}}`).join(", ")}, which nothing fills in`,
        hint: `An agent would read the name itself. There are: ${promptNames.map((word) => `{${word}}`).join(", ")}.`,
      });
    } catch (error) {
      if (!isWorkflowError(error)) throw error;
      findings.push({
        area: "settings",
        severity: "error",
        code: error.code,
        message: error.message,
        ...(error.hint === undefined ? {} : { hint: error.hint }),
      });
    }
  }
  return findings;
}

/** `undefined` also for a link that leads nowhere. */
function statOf(path: string) {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function noFolder(error: NodeJS.ErrnoException): string[] {
  if (error.code === "ENOENT") return [];
  throw error;
}
