/** Layouts that every tmux has. */
const everywhere: ReadonlySet<string> = new Set([
  "even-horizontal",
  "even-vertical",
  "main-horizontal",
  "main-vertical",
  "tiled",
]);
const mirrored = /-mirrored$/;

/** What to ask a server for, and what to tell where that is not what was wanted. */
export interface KnownLayout {
  /** Absent = nothing is to be asked for. */
  readonly layout?: string;
  readonly remark?: string;
}

/**
 * The wanted layout, as far as a server of this version may be asked for it: tmux 3.3 ends, with all that runs in it, when it is asked for a name that it
 * does not know. The mirrored ones came with 3.5.
 */
export function knownLayout(wanted: string, version: string): KnownLayout {
  // A checksum, and what it is of: as `list-windows` prints it.
  const isDrawn = /^[0-9a-f]{4},/.test(wanted);
  if (everywhere.has(wanted) || isDrawn || isFrom35(version)) return { layout: wanted };
  const plain = wanted.replace(mirrored, "");
  const remark = `tmux ${version} has no layout ${JSON.stringify(wanted)}`;
  return everywhere.has(plain)
    ? { layout: plain, remark: `${remark}, which came with 3.5: ${plain} is used` }
    : { remark };
}

/** `3.5a`, `next-3.6`, `openbsd-7.6`; whatever says nothing is taken for an old one. */
function isFrom35(version: string): boolean {
  const [, major, minor] = /^(?:next-)?(\d+)\.(\d+)/.exec(version) ?? [];
  return Number(major) > 3 || (Number(major) === 3 && Number(minor) >= 5);
}
