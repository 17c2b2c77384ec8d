// Loaded when a topic is asked for, as a file of its own: any other help reads no files.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { manualText } from "./render/manual.js";
import { topics } from "./topics.js";

/** Beside the built command, else in the repository. */
const folders = ["./docs/", "../docs/", "../../../docs/"];

/** The Markdown of a topic. */
export async function topicText(name: string): Promise<string> {
  const files = folders.map((folder) => fileURLToPath(new URL(`${folder}${name}.md`, import.meta.url)));
  const file = files.find((path) => existsSync(path));
  if (file === undefined) throw new Error(`Wiggum's own files are missing: there is no ${files[0]}`);
  return await readFile(file, "utf8");
}

/** What `wiggum help <topic>` prints. */
export async function topicPage(name: string, columns: number | undefined): Promise<string> {
  return manualText(await topicText(name), columns, (other) => Object.hasOwn(topics, other));
}
