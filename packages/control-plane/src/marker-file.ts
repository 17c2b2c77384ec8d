import { printable } from "@wiggum/ticket-core";
import { WorkflowError } from "@wiggum/workflow";
import { foreignFolder } from "./find-project.js";
import { type ProjectRoot, projectPaths } from "./project-paths.js";
import { readSettingsText, settingsInvalid } from "./settings-problems.js";

/** Format of the control folder that this version writes and reads. Rises when an older version could not read it any more. */
const projectFormat = 1;

/** `wiggum.json`: says that Wiggum made the folder, and in which format. */
export interface ProjectMarker {
  readonly tool: "wiggum";
  readonly schemaVersion: number;
}

export function markerText(): string {
  return `${JSON.stringify({ tool: "wiggum", schemaVersion: projectFormat } satisfies ProjectMarker, null, 2)}\n`;
}

/**
 * The marker of a project; undefined where there is none (made by the shell version, or not by us).
 * @throws PROJECT_FORMAT_NEWER FOREIGN_FOLDER another tool's file of that name; SETTINGS_INVALID it is damaged
 */
export async function readMarker(root: ProjectRoot): Promise<ProjectMarker | undefined> {
  const { marker: path, controlDirectory } = projectPaths(root);
  const text = await readSettingsText(path);
  if (text === undefined) return undefined;
  const { tool, schemaVersion } = parse(root, path, text);
  if (tool !== "wiggum") throw foreignFolder(controlDirectory);
  if (typeof schemaVersion !== "number" || !Number.isInteger(schemaVersion) || schemaVersion < 1) {
    throw settingsInvalid(root, path, [{ at: "schemaVersion", message: "must be a whole number from 1 up" }]);
  }
  if (schemaVersion > projectFormat) {
    throw new WorkflowError(
      "PROJECT_FORMAT_NEWER",
      `${printable(root)} was set up by a newer version of Wiggum (format ${schemaVersion}, this one knows ${projectFormat})`,
      { path, found: schemaVersion, supported: projectFormat },
      { hint: "Use that newer version. Nothing was read or changed." },
    );
  }
  return { tool, schemaVersion };
}

function parse(
  root: string,
  path: string,
  text: string,
): { readonly tool?: unknown; readonly schemaVersion?: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // Told below, with the next step.
  }
  throw settingsInvalid(root, path, [
    { at: "wiggum.json", message: `is damaged: it should be ${JSON.stringify(JSON.parse(markerText()))}` },
  ]);
}
