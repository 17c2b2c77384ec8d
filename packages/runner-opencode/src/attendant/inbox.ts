import { constants } from "node:fs";
import { open } from "node:fs/promises";

/** A message that lies in an agent's inbox file. */
export interface InboxMessage {
  readonly id: string;
  readonly from: string;
  readonly text: string;
}

/** As long as nobody wrote into it, only its size is looked at. */
export function createInbox(path: string): () => Promise<readonly InboxMessage[]> {
  let size = 0;
  let last: readonly InboxMessage[] = [];
  return async () => {
    try {
      // It lies where the agent may write: no link is followed, no pipe is waited for.
      const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
      try {
        const found = await file.stat();
        if (!found.isFile()) return [];
        if (found.size !== size) {
          last = messagesIn(await file.readFile("utf8"));
          size = found.size;
        }
        return last;
      } finally {
        await file.close();
      }
    } catch {
      return [];
    }
  };
}

function messagesIn(text: string): readonly InboxMessage[] {
  // A line without its end is still being written.
  return text
    .split("\n")
    .slice(0, -1)
    .flatMap((line) => {
      try {
        const { id, from, text: words } = JSON.parse(line) as Partial<InboxMessage>;
        return typeof id === "string" && typeof words === "string"
          ? [{ id, from: String(from ?? ""), text: words }]
          : [];
      } catch {
        return [];
      }
    });
}

/** The prompt that a message becomes: the receiver sees who says what, and the id proves that it arrived. */
export function promptOfMessage({ id, from, text }: InboxMessage): string {
  return `Message ${id} from ${from === "" ? "a person" : from}:\n\n${text}`;
}
