import { join } from "node:path";

/** Files that the runner keeps in a session's state directory, beside those of every kept session. */
export function paneFiles(stateDirectory: string) {
  return {
    /** The pane's id, written by the pane. */
    pane: join(stateDirectory, "pane"),
    profile: join(stateDirectory, "profile.json"),
    launchLog: join(stateDirectory, "launch.log"),
    typingLock: join(stateDirectory, "typing.lock"),
    typedMessages: join(stateDirectory, "typed.jsonl"),
    /** What the pane showed before it was removed. */
    lastOutput: join(stateDirectory, "last-output.txt"),
  };
}
