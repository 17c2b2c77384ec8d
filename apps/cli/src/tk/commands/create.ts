import { isMember, isOneLine } from "@wiggum/ticket-backend-files";
import type { TkCommand } from "../tk-call.js";
import { TkFailure, tkError } from "../tk-failure.js";
import type { TicketDraft } from "../tk-store.js";

const options: Readonly<Record<string, string>> = {
  "-d": "description",
  "--description": "description",
  "--design": "design",
  "--acceptance": "acceptance",
  "-t": "type",
  "--type": "type",
  "-p": "priority",
  "--priority": "priority",
  "-a": "assignee",
  "--assignee": "assignee",
  "--external-ref": "externalRef",
  "--parent": "parent",
  "--tags": "tags",
};
const severalLines = new Set(["description", "design", "acceptance"]);

/** `create`: files a ticket and prints its id, nothing else. */
export const create: TkCommand = async ({ words, host, store }) => {
  const { title, values } = readWords(words);
  const { parent, tags, ...texts } = values;
  const draft: TicketDraft = {
    ...texts,
    title,
    parent: parent === undefined ? undefined : await store.find(parent),
    tags: tags === undefined ? undefined : readTags(tags),
  };
  host.print(`${await store.create(draft)}\n`);
  return 0;
};

function readWords(words: readonly string[]) {
  const values: Record<string, string> = {};
  let title = "";
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? "";
    if (!word.startsWith("-")) {
      title = word;
      continue;
    }
    const name = Object.hasOwn(options, word) ? options[word] : undefined;
    if (name === undefined) throw new TkFailure([`Unknown option: ${word}`]);
    at += 1;
    const value = words[at];
    if (value === undefined) throw tkError(`option ${word} needs a value`);
    // More than a line would be further keys of the ticket.
    if (!severalLines.has(name) && !isOneLine(value)) throw tkError(`the value of ${word} must be one line`);
    values[name] = value;
  }
  return { title: title || "Untitled", values };
}

function readTags(text: string): readonly string[] {
  const tags = text.split(",").map((tag) => tag.trim());
  const wrong = tags.find((tag) => tag !== "" && !isMember(tag));
  if (wrong !== undefined) throw tkError(`'${wrong}' cannot be a tag: no brackets`);
  return tags.filter((tag) => tag !== "");
}
