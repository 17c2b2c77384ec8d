import { readCriteria, readEvents, readSection, type TicketEvent } from "@wiggum/ticket-core";

/** The text of a ticket, taken apart for tools that have places of their own for each part. */
export interface TicketParts {
  readonly description: string;
  readonly criteria: readonly { readonly text: string; readonly checked: boolean }[];
  /** All other sections, in their order. */
  readonly sections: readonly { readonly heading: string; readonly text: string }[];
  readonly events: readonly TicketEvent[];
}

const descriptionPlaceholder = "[Add description here]";
const ofTheirOwn = new Set(["Description", "Acceptance Criteria", "Comments", "Feedback", "Thread"]);

/** Where headings stand twice, or criteria stand between other words, the whole text is the description: nothing of it is lost. */
export function partsOfText(body: string): TicketParts {
  const written = [...body.matchAll(/^## (.+?)[ \t]*\r?$/gm)];
  const headings = written
    .map(([, heading = ""]) => heading)
    .filter((heading) => readSection(body, heading) !== undefined);
  const isTwice = new Set(headings).size < headings.length;
  const before = body.slice(0, written[0]?.index ?? body.length).trim();
  const said = readSection(body, "Description") ?? "";
  // What a ticket without a description has there asks people here for one.
  const description = said.trim() === descriptionPlaceholder ? "" : said;
  const events = readEvents(body);
  if (isTwice) return { description: body.trim(), criteria: [], sections: [], events: [] };
  const criteria = readCriteria(body);
  const list = readSection(body, "Acceptance Criteria") ?? "";
  const hasOtherWords = list.split(/\r?\n/).some((line) => !/^\s*$|^\s*[-*+] \[[ xX]\]|^ {2,}/.test(line));
  const text = (heading: string) => readSection(body, heading) ?? "";
  return {
    description: [before, description].filter((part) => part.trim() !== "").join("\n\n"),
    criteria: hasOtherWords ? [] : criteria,
    sections: headings
      .filter((heading) => !ofTheirOwn.has(heading) || (heading === "Acceptance Criteria" && hasOtherWords))
      .map((heading) => ({ heading, text: text(heading) }))
      .filter((section) => section.text.trim() !== ""),
    events,
  };
}

/** A description with further sections below it, for tools that have one text. */
export function oneText({ description, sections }: Pick<TicketParts, "description" | "sections">): string {
  const all = [description, ...sections.map(({ heading, text }) => `## ${heading}\n\n${text}`)];
  return all.filter((part) => part.trim() !== "").join("\n\n");
}

/** Criteria as a list in Markdown. */
export function listOf(criteria: TicketParts["criteria"]): string {
  return criteria
    .map(({ text, checked }) => `- [${checked ? "x" : " "}] ${text.replaceAll("\n", "\n  ")}`)
    .join("\n");
}
