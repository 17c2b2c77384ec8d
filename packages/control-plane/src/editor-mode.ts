import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { AgentProfile } from "@wiggum/workflow";
import type { Settings } from "./settings.js";

/** Does the person edit with vim keys in this program? `auto` looks where the program keeps that choice; what cannot be read is no. */
export async function isVimEditing(
  profile: AgentProfile,
  mode: Settings["editorMode"],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<boolean> {
  if (mode !== "auto") return mode === "vim";
  const setting = profile.screen?.vim?.setting;
  if (setting === undefined) return false;
  const folder = environment[setting.folder] || environment["HOME"] || homedir();
  try {
    const value: unknown = JSON.parse(await readFile(join(folder, setting.file), "utf8"));
    return typeof value === "object" && value !== null && Reflect.get(value, setting.key) === "vim";
  } catch {
    return false;
  }
}
