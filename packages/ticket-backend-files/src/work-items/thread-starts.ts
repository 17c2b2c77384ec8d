// Which lines of a thread begin an event. An event comment may also stand in a text, as an example in a fenced block: that one begins nothing.

/** A fence that is open: which character it is made of, and how many. */
interface Fence {
  readonly mark: string;
  readonly length: number;
}

/** One way to read the lines so far. */
interface Reading {
  readonly fence: Fence | undefined;
  /** Fences that nobody closed, on this reading: the one with the fewest is right. */
  readonly unclosed: number;
  readonly count: number;
  /** The last event that begins on this reading, and by way of it all of them. */
  readonly last: Start | undefined;
}

interface Start {
  readonly index: number;
  readonly before: Start | undefined;
  /** It says itself that its text leaves a fence open. */
  readonly leavesOpen: boolean;
}

/** More ways to read a thread than people have are not followed. */
const maxReadings = 16;

const opening = /^\s*<!-- .*\bevent: .* -->\s*$/;
const fenceLine = /^\s*(`{3,}|~{3,})(.*)$/s;

/**
 * Indexes of the lines that begin an event: an event comment with a time at the beginning of the file, or behind a line `---`. Where such a line
 * could also be a part of a fenced block, the reading that leaves the fewest fences open counts, and of equal ones that with the most events: a
 * fence that somebody forgot to close hides no event. Linear in the lines.
 */
export function eventStarts(lines: readonly string[]): readonly number[] {
  let readings: readonly Reading[] = [{ fence: undefined, unclosed: 0, count: 0, last: undefined }];
  for (const [index, line] of lines.entries()) {
    if (isCandidate(lines, line, index)) readings = atComment(readings, index, attributesOf(line)["fence"]);
    else if (fenceLine.test(line)) readings = distinct(readings.map((reading) => atFence(reading, line)));
  }
  const ended = readings.map((reading) => begun(reading, lines.length, undefined));
  const starts: number[] = [];
  for (let start = best(ended)?.last?.before; start !== undefined; start = start.before)
    starts.push(start.index);
  return starts.reverse();
}

/** Does this text end within a fenced block? */
export function leavesFenceOpen(text: string): boolean {
  return fenceBehind(text.split("\n"), () => {}) !== undefined;
}

/** Indexes of the lines in fenced blocks that are closed, in the lines of one text. */
export function fencedLines(lines: readonly string[]): ReadonlySet<number> {
  const fenced = new Set<number>();
  fenceBehind(lines, (from, to) => {
    for (let index = from; index <= to; index++) fenced.add(index);
  });
  return fenced;
}

/** Is this the first line with text, or is the one before it `---`? */
export function isBehindEnd(lines: readonly string[], index: number): boolean {
  let before = index - 1;
  while (before >= 0 && lines[before]?.trim() === "") before -= 1;
  return before < 0 || lines[before]?.trim() === "---";
}

/** The words of a comment line by name; a name is a word that ends in `:`, and its value goes up to the next one. */
export function attributesOf(line: string): Readonly<Record<string, string>> {
  const words = line.trim().slice("<!-- ".length, -" -->".length).trim().split(/\s+/);
  const found = new Map<string, string[]>();
  let value: string[] | undefined;
  for (const word of words) {
    if (word.endsWith(":") && word.length > 1 && value?.length !== 0) {
      value = [];
      found.set(word.slice(0, -1), value);
    } else value?.push(word);
  }
  const said = [...found].filter(([, parts]) => parts.length > 0);
  return Object.fromEntries(said.map(([name, parts]) => [name, parts.join(" ")]));
}

function isCandidate(lines: readonly string[], line: string, index: number): boolean {
  if (!opening.test(line)) return false;
  const { event, at } = attributesOf(line);
  return event !== undefined && at !== undefined && isBehindEnd(lines, index);
}

/** What says of its fence how it is, is an event of our own; anything else in an open fence may be its text. */
function atComment(
  readings: readonly Reading[],
  index: number,
  said: string | undefined,
): readonly Reading[] {
  const begins = best(readings.map((reading) => begun(reading, index, said)));
  const goesOn = readings.filter(
    ({ fence, last }) => fence !== undefined && said === undefined && last?.leavesOpen !== true,
  );
  return distinct([...(begins ? [begins] : []), ...goesOn]);
}

function begun({ fence, unclosed, count, last }: Reading, index: number, said: string | undefined): Reading {
  const isForgotten = fence !== undefined && last?.leavesOpen !== true;
  return {
    fence: undefined,
    unclosed: unclosed + (isForgotten ? 1 : 0),
    count: count + 1,
    last: { index, before: last, leavesOpen: said === "open" },
  };
}

function atFence(reading: Reading, line: string): Reading {
  const fence = fenceAfter(reading.fence, line);
  if (fence !== "within") return { ...reading, fence };
  // One that begins in another of its kind tells that the other was forgotten.
  const begins = opensFence(line);
  const isForgotten =
    begins?.mark === reading.fence?.mark && (begins?.length ?? 0) >= (reading.fence?.length ?? 0);
  return isForgotten ? { ...reading, unclosed: reading.unclosed + 1 } : reading;
}

function fenceAfter(fence: Fence | undefined, line: string): Fence | undefined | "within" {
  if (fence === undefined) return opensFence(line);
  const [, run = "", rest = ""] = fenceLine.exec(line) ?? [];
  const closes = run[0] === fence.mark && run.length >= fence.length && rest.trim() === "";
  return closes ? undefined : "within";
}

function opensFence(line: string): Fence | undefined {
  const [, run = "", rest = ""] = fenceLine.exec(line) ?? [];
  const mark = run[0];
  return mark === undefined || (mark === "`" && rest.includes("`"))
    ? undefined
    : { mark, length: run.length };
}

function fenceBehind(
  lines: readonly string[],
  atBlock: (from: number, to: number) => void,
): Fence | undefined {
  let open: { readonly fence: Fence; readonly from: number } | undefined;
  for (const [index, line] of lines.entries()) {
    const fence = fenceAfter(open?.fence, line);
    if (fence === "within") continue;
    if (open !== undefined) atBlock(open.from, index);
    open = fence && { fence, from: index };
  }
  return open?.fence;
}

function best(readings: readonly Reading[]): Reading | undefined {
  return readings.toSorted(inOrder)[0];
}

function inOrder(left: Reading, right: Reading): number {
  return left.unclosed - right.unclosed || right.count - left.count;
}

/** Of readings that go on alike, the best. */
function distinct(readings: readonly Reading[]): readonly Reading[] {
  if (readings.length < 2) return readings;
  const found = new Map<string, Reading>();
  for (const reading of readings.toSorted(inOrder)) {
    const { fence, last } = reading;
    const key = `${fence?.mark ?? ""}${fence?.length ?? 0}${last?.leavesOpen === true}`;
    if (!found.has(key)) found.set(key, reading);
  }
  return [...found.values()].slice(0, maxReadings);
}
