/** An entry of `thread.md`. */
export interface ThreadEntry {
  readonly kind: string;
  readonly author: string;
  readonly at: string;
  readonly heading: string;
  readonly body: string;
}

/**
 * The entries of a thread. A `---` line ends one only where the file ends or another entry follows: bodies may have such lines, too. Text
 * that belongs to no entry comes back in `rest`.
 */
export function readThread(text: string): {
  readonly events: readonly ThreadEntry[];
  readonly rest: string | undefined;
} {
  const lines = text.replaceAll("\r\n", "\n").split("\n");
  const starts = lines.flatMap((line, index) =>
    isStart(lines, index) ? [{ index, head: attributesOf(line) }] : [],
  );
  const events = starts.map(({ index, head }, number): ThreadEntry => {
    const end = starts[number + 1]?.index ?? lines.length;
    const own = lines.slice(index + 1, end);
    while (own.length > 0 && own.at(-1)?.trim() === "") own.pop();
    if (own.at(-1)?.trim() === "---") own.pop();
    while (own.length > 0 && own.at(-1)?.trim() === "") own.pop();
    while (own.length > 0 && own[0]?.trim() === "") own.shift();
    const heading = own[0]?.startsWith("## ") ? (own.shift() ?? "").slice(3).trim() : "";
    while (own.length > 0 && own[0]?.trim() === "") own.shift();
    return {
      kind: head.event ?? "comment",
      author: head.author ?? "unknown",
      at: head.at ?? "",
      heading,
      body: own.join("\n"),
    };
  });
  const rest = lines
    .slice(0, starts[0]?.index ?? lines.length)
    .join("\n")
    .trim();
  return { events, rest: rest === "" ? undefined : rest };
}

/** An event comment with a time, at the top or behind a `---` line: one inside a body is text. */
function isStart(lines: readonly string[], index: number): boolean {
  const head = attributesOf(lines[index] ?? "");
  if (head.event === undefined || head.at === undefined) return false;
  let before = index - 1;
  while (before >= 0 && lines[before]?.trim() === "") before -= 1;
  return before < 0 || lines[before]?.trim() === "---";
}

function attributesOf(line: string): {
  readonly event?: string;
  readonly author?: string;
  readonly at?: string;
} {
  const [, inside] = /^<!-- (.*) -->$/.exec(line.trim()) ?? [];
  if (inside === undefined) return {};
  const found: Record<string, string> = {};
  for (const [, key = "", value = ""] of inside.matchAll(
    /(event|author|at|status): (.*?)(?= (?:author|at|status): |$)/g,
  )) {
    found[key] ??= value.trim();
  }
  return found;
}
