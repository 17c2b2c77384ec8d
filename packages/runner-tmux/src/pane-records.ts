import { readFile, writeFile } from "node:fs/promises";
import type { Session } from "@wiggum/runner-process/sessions";
import { paneFiles } from "./pane-files.js";
import { checkProfile, inboxProfile, type PaneProfile } from "./profile.js";

/** The pane that a session was started in, as the pane itself wrote it down. */
export async function readPaneId(session: Session): Promise<string | undefined> {
  const text = await readIfThere(paneFiles(session.stateDirectory).pane);
  return /^(%\d+)\n$/.exec(text ?? "")?.[1];
}

/** The profile that a session was started with: any process goes by the same one, whatever is configured by now. */
export async function readProfile(session: Session): Promise<PaneProfile> {
  const text = await readIfThere(paneFiles(session.stateDirectory).profile);
  try {
    return text === undefined ? inboxProfile : checkProfile(JSON.parse(text));
  } catch {
    // Damaged, or of a newer version: then nothing is known of the program.
    return inboxProfile;
  }
}

export async function writeProfile(stateDirectory: string, profile: PaneProfile): Promise<void> {
  await writeFile(paneFiles(stateDirectory).profile, `${JSON.stringify(checkProfile(profile))}\n`, {
    mode: 0o600,
  });
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch {
    return undefined;
  }
}
