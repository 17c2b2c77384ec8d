// The text of a Backlog.md task: sections, each between comments that mark where it begins and ends, in older files without those.
import { momentOf } from "../foreign-words.js";
import type { FieldAccount, ImportedEvent } from "../imported-ticket.js";

export interface BacklogBody {
  readonly description: string | undefined;
  readonly criteria: readonly { readonly text: string; readonly checked: boolean }[];
  readonly sections: readonly { readonly heading: string; readonly text: string }[];
  readonly events: readonly ImportedEvent[];
  readonly account: readonly FieldAccount[];
}

interface Part {
  readonly heading: string;
  readonly lines: string[];
}

const commentBlock = /<!-- COMMENT:BEGIN -->\n([\s\S]*?)<!-- COMMENT:END -->/g;
const marker = /^\s*<!-- (SECTION:[A-Z_]+|AC|DOD|COMMENTS):(BEGIN|END) -->\s*$/;

export function readBacklogBody(body: string): BacklogBody {
  const criteria: { text: string; checked: boolean }[] = [];
  const sections: { heading: string; text: string }[] = [];
  const events: ImportedEvent[] = [];
  const account: FieldAccount[] = [];
  let description: string | undefined;
  const note = (heading: string, to: string) =>
    account.push({ field: `## ${heading}`, fate: "mapped", note: to });
  for (const { heading, lines } of partsOf(body)) {
    const text = lines.join("\n").trim();
    const name = heading.toLowerCase();
    if (text === "") {
      if (heading !== "") account.push({ field: `## ${heading}`, fate: "dropped", note: "says nothing" });
    } else if (name === "description" && description === undefined) {
      description = text;
      note(heading, "section Description");
    } else if (/^acceptance criteria(?: \(optional\))?$/.test(name)) {
      const { items, rest } = itemsOf(lines);
      criteria.push(...items);
      if (rest !== "") sections.push({ heading: "Acceptance Criteria in words", text: rest });
      note(heading, "acceptance criteria");
    } else if (name === "definition of done") {
      const { items, rest } = itemsOf(lines);
      const list = items.map((item) => `- [${item.checked ? "x" : " "}] ${item.text}`).join("\n");
      sections.push({ heading, text: [rest, list].filter((part) => part !== "").join("\n\n") });
      note(heading, "section Definition of Done");
    } else if (name === "comments" && /<!-- COMMENT:BEGIN -->/.test(text)) {
      events.push(...commentsOf(text));
      const rest = text.replace(commentBlock, "").trim();
      if (rest !== "") sections.push({ heading: "Comments in words", text: rest });
      note(heading, "comments");
    } else {
      sections.push({ heading: heading === "" ? "Text" : heading, text });
      note(heading, heading === "" ? "section Text" : "section of the same name");
    }
  }
  return { description, criteria, sections, events, account };
}

/** Parts by their headings of level 2. Between the comments, and in code, a heading is text. */
function partsOf(body: string): readonly Part[] {
  const parts: Part[] = [{ heading: "", lines: [] }];
  let closing: string | undefined;
  let fence: string | undefined;
  for (const line of body.replaceAll("\r\n", "\n").split("\n")) {
    const [, what, edge] = marker.exec(line) ?? [];
    if (what !== undefined && (closing === undefined || closing === what)) {
      closing = edge === "BEGIN" ? what : undefined;
      fence = undefined;
      continue;
    }
    const [, ticks] = /^\s{0,3}(`{3,}|~{3,})/.exec(line) ?? [];
    if (ticks !== undefined)
      fence = fence === undefined ? ticks : ticks.startsWith(fence) ? undefined : fence;
    const [, heading] =
      closing === undefined && fence === undefined ? (/^## (.*?)\s*$/.exec(line) ?? []) : [];
    if (heading === undefined) parts.at(-1)?.lines.push(line);
    else parts.push({ heading, lines: [] });
  }
  return parts;
}

/** `- [x] #2 words`, with lines that go on below it. */
function itemsOf(lines: readonly string[]): {
  readonly items: readonly { text: string; checked: boolean }[];
  readonly rest: string;
} {
  const items: { text: string; checked: boolean }[] = [];
  const rest: string[] = [];
  for (const line of lines) {
    const [, box, words] = /^\s*- \[([ xX])\] (?:#\d+ )?(.+)$/.exec(line) ?? [];
    const last = items.at(-1);
    if (words !== undefined) items.push({ text: words.trim(), checked: box?.toLowerCase() === "x" });
    else if (/^\s{2,}\S/.test(line) && last !== undefined) last.text += `\n${line.trim()}`;
    else rest.push(line);
  }
  return { items, rest: rest.join("\n").trim() };
}

function commentsOf(text: string): readonly ImportedEvent[] {
  return [...text.matchAll(commentBlock)].map(([, block = ""]) => {
    const blank = block.search(/\n\s*\n/);
    const head = blank === -1 ? "" : block.slice(0, blank);
    const said = (key: string) => new RegExp(`^${key}:[ \\t]*(.*)$`, "im").exec(head)?.[1]?.trim();
    const created = said("created") ?? "";
    return {
      kind: "comment",
      source: said("author") || "unknown",
      at: momentOf(created) ?? created,
      text: block.slice(blank === -1 ? 0 : blank).trim(),
    };
  });
}
