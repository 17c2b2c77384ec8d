/** A part of the screen. */
export interface Section {
  readonly title: string;
  /** Lines that are shown together or not at all. */
  readonly blocks: readonly (readonly string[])[];
  /** The whole section in one line, where there is room for no more. */
  readonly brief: string;
  /** Where not all fit, the last blocks are shown, not the first. */
  readonly keepsLast?: boolean;
  /** The line that stands for so many blocks for which there is no room. */
  readonly rest?: (count: number) => string;
}

/**
 * The sections, most important first, in at most `height` lines. Each is given lines in turn, so that a long one leaves room for the others; where not
 * even a title and a line for each fit, every section is one line.
 */
export function layOut(sections: readonly Section[], height: number): readonly string[] {
  if (height < sections.length * 2) return sections.slice(0, Math.max(0, height)).map(({ brief }) => brief);
  const given = sections.map(() => 2);
  // What waits for a person is no use without the command at its end.
  const [first] = sections;
  const spare = height - given.length * 2;
  if (first !== undefined) given[0] = 2 + Math.min(spare, (first.blocks[0]?.length ?? 1) - 1);
  shareOut(
    given,
    sections.map(({ blocks }) => 1 + blocks.flat().length),
    height,
  );
  return sections.flatMap((section, index) => inLines(section, given[index] ?? 0));
}

/** Raises what is given towards what is wanted, one line at a time, until `height` lines are given. */
function shareOut(given: number[], wanted: readonly number[], height: number): void {
  let left = height - given.reduce((sum, lines) => sum + lines, 0);
  while (left > 0) {
    const before = left;
    for (const [index, want] of wanted.entries()) {
      const has = given[index] ?? 0;
      if (left === 0 || has >= want) continue;
      given[index] = has + 1;
      left -= 1;
    }
    if (left === before) return;
  }
}

function inLines(section: Section, height: number): readonly string[] {
  const { title, blocks, keepsLast = false, rest } = section;
  const room = height - 1;
  const all = taken(section, room);
  const isTold = rest !== undefined && all.length < blocks.length && room > 1;
  const shown = isTold ? taken(section, room - 1) : all;
  const lines = (keepsLast ? shown.toReversed() : shown).flat();
  return [title, ...lines, ...(isTold ? [rest(blocks.length - shown.length)] : [])];
}

/** The blocks that have room, the first one always. */
function taken({ blocks, keepsLast = false }: Section, room: number): readonly (readonly string[])[] {
  const shown: (readonly string[])[] = [];
  let lines = 0;
  for (const block of keepsLast ? blocks.toReversed() : blocks) {
    if (lines + block.length > room) break;
    shown.push(block);
    lines += block.length;
  }
  // A block that is too high for the section is better cut than missing.
  const [first] = keepsLast ? blocks.slice(-1) : blocks;
  return shown.length === 0 && first !== undefined ? [first.slice(0, room)] : shown;
}
