import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { Delivery, Message } from "@wiggum/workflow";
import { systemCode } from "./failures.js";

const maxInboxBytes = 64 * 1024 * 1024;

/**
 * Appends one line to an agent's inbox. A message that is there already is not written again. Follows no link and waits for no reader:
 * the file lies where the agent itself may write.
 */
export async function appendToInbox(inboxFile: string, message: Message, at: Date): Promise<Delivery> {
  const messageId = message.id;
  const refused = (reason: string): Delivery => ({ status: "refused", messageId, reason });
  const flags =
    constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  let file: FileHandle;
  try {
    file = await open(inboxFile, flags, 0o600);
  } catch (error) {
    const code = systemCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return refused("the folder of its inbox is gone");
    if (code === "ELOOP" || code === "EISDIR" || code === "ENXIO")
      return refused("its inbox is no plain file");
    return refused(`its inbox cannot be opened (${code ?? String(error)})`);
  }
  try {
    const found = await file.stat();
    if (!found.isFile()) return refused("its inbox is no plain file");
    if (found.size > maxInboxBytes) return refused("its inbox is full: nobody takes messages out");
    const text = await file.readFile("utf8");
    if (!holds(text, messageId)) {
      const line = JSON.stringify({
        id: messageId,
        at: at.toISOString(),
        from: message.from,
        text: message.text,
      });
      // A line that a crash cut short must not swallow this one.
      const opening = text === "" || text.endsWith("\n") ? "" : "\n";
      await file.appendFile(`${opening}${line}\n`);
    }
    await file.datasync();
    return { status: "queued", messageId, where: inboxFile, isUnread: true };
  } catch (error) {
    return {
      status: "unknown",
      messageId,
      detail: `its inbox could not be written (${systemCode(error) ?? String(error)})`,
    };
  } finally {
    await file.close();
  }
}

function holds(text: string, messageId: string): boolean {
  return text.split("\n").some((line) => {
    if (!line.includes(JSON.stringify(messageId))) return false;
    try {
      return (JSON.parse(line) as { id?: unknown }).id === messageId;
    } catch {
      return false;
    }
  });
}
