import { appendFile, readFile } from "node:fs/promises";
import type { Delivery } from "@wiggum/workflow";

type Entry =
  | { readonly id: string; readonly at: string; readonly step: "typing" }
  | { readonly id: string; readonly at: string; readonly step: "done"; readonly delivery: Delivery };

/**
 * Which messages were typed, in a file of the session. Written before the first key and after the last, so that nobody ever types a message
 * a second time without knowing what became of the first.
 */
export interface TypedMessages {
  /** What is known of it; absent when it was never begun. To be asked under the pane's lock: a message still at it is then an abandoned one. */
  outcome(id: string): Promise<Delivery | undefined>;
  begin(id: string): Promise<void>;
  end(delivery: Delivery): Promise<void>;
}

export function openTypedMessages(path: string, now: () => Date): TypedMessages {
  const append = (entry: Entry) =>
    appendFile(path, `\n${JSON.stringify(entry)}\n`, { mode: 0o600, flush: true });
  return {
    async outcome(id) {
      const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return "";
        throw error;
      });
      const entry = text
        .split("\n")
        .flatMap((line) => parse(line) ?? [])
        .findLast((one) => one.id === id);
      if (entry === undefined) return undefined;
      if (entry.step === "done") return entry.delivery;
      return {
        status: "unknown",
        messageId: id,
        detail: `whoever typed it at ${entry.at} was ended in the middle; it is not typed again`,
      };
    },
    begin: (id) => append({ id, at: now().toISOString(), step: "typing" }),
    end: (delivery) => append({ id: delivery.messageId, at: now().toISOString(), step: "done", delivery }),
  };
}

function parse(line: string): Entry | undefined {
  try {
    const value = JSON.parse(line) as Entry | null;
    return typeof value === "object" && value !== null && typeof value.id === "string" ? value : undefined;
  } catch {
    // A line that a crash cut short.
    return undefined;
  }
}
