import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/** What `wiggum help <topic>` explains: pages of the documentation, which go with the command. */
export const topics: Readonly<Record<string, { readonly brief: string }>> = {
  configuration: { brief: "Settings, roles, prompts and their placeholders" },
  "ticket-types": { brief: "States, transitions, fields and roles: ticket_types.json" },
  "ticket-format": { brief: "What a ticket's file holds" },
  hooks: { brief: "Programs that go with a transition" },
  "exit-codes": { brief: "Exit codes and error codes" },
  "command-line": { brief: "What scripts may rely on" },
  json: { brief: "What --json prints" },
  recovery: { brief: "What a crash leaves, and who goes on" },
  glossary: { brief: "One word for one thing" },
};

/** Beside the built command or one of its chunks, else in the repository. */
const folders = ["./docs/", "../docs/", "../../../docs/"];

/** The Markdown of a topic. */
export async function topicText(name: string): Promise<string> {
  const files = folders.map((folder) => fileURLToPath(new URL(`${folder}${name}.md`, import.meta.url)));
  const file = files.find((path) => existsSync(path));
  if (file === undefined) throw new Error(`Wiggum's own files are missing: there is no ${files[0]}`);
  return await readFile(file, "utf8");
}
