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
 * Stores what comes in, in two segments. `dd`, because it writes each piece at once and never reads more than it writes. When it finds
 * nothing at all, that is the end.
 */
export const recorderScript = `PATH=/usr/bin:/bin:$PATH
umask 077
trap '' HUP INT
before=0
while dd bs=65536 count=${readsAtOnce} >>output.log 2>/dev/null; do
  size=$(wc -c <output.log) || break
  [ "$size" -gt "$before" ] || break
  before=$size
  if [ "$size" -ge ${segmentBytes} ]; then
    mv -f output.log output.1.log || break
    before=0
  fi
done
: >recorded
`;

/** For `pipe-pane`. */
export function recorderCommand(stateDirectory: string): string {
  return inFolder(stateDirectory, "exec /bin/sh record");
}
