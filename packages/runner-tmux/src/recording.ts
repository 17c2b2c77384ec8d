import { join } from "node:path";
import { inFolder } from "./launch-script.js";

/** One segment of a recording; with the one before it, at most twice as much is kept. */
const segmentBytes = 4 * 1024 * 1024;
/** Reads between two looks at the size. */
const readsAtOnce = 64;

/** What a pane printed, as bytes with all escape sequences, in its state directory. */
export function recordingFiles(stateDirectory: string) {
  return {
    current: join(stateDirectory, "output.log"),
    former: join(stateDirectory, "output.1.log"),
    /** There when all has been written: the pane is gone, or its recording was ended. */
    end: join(stateDirectory, "recorded"),
    program: join(stateDirectory, "record"),
  };
}

/**
 * Stores what comes in, in two segments. `dd`, because it writes each piece at once, never reads more than it writes, and tells in every
 * system how many pieces there were: fewer than asked for is the end.
 */
export const recorderScript = `PATH=/usr/bin:/bin:$PATH LC_ALL=C
umask 077
trap '' HUP INT
while :; do
  said=$(dd bs=65536 count=${readsAtOnce} 2>&1 >>output.log) || break
  IFS='+ '
  set -- $said
  [ "$(($1 + $2))" -eq ${readsAtOnce} ] || break
  size=$(wc -c <output.log) || break
  [ "$size" -lt ${segmentBytes} ] || mv -f output.log output.1.log
done
: >recorded
`;

/** For `pipe-pane`. */
export function recorderCommand(stateDirectory: string): string {
  return inFolder(stateDirectory, "exec /bin/sh record");
}
