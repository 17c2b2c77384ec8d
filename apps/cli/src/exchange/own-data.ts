// What our exports put into `metadata.wiggum` of tools that have a place for data of others.
import type { RecordReader } from "./open-record.js";

export interface OwnData {
  readonly state?: string | undefined;
  readonly type?: string | undefined;
  /** Why a person has to act. */
  readonly action?: string | undefined;
}

/** `undefined` = the record was not written by an export of ours. What is not taken here stays data of the ticket, by its path. */
export function readOwnData(record: RecordReader): OwnData | undefined {
  if (!isObject(record.peek("metadata"))) return undefined;
  const metadata = record.object("metadata");
  if (metadata === undefined || !isObject(metadata.peek("wiggum"))) return undefined;
  const own = metadata.object("wiggum");
  const text = (from: RecordReader | undefined, field: string, note: string) =>
    typeof from?.peek(field) === "string" ? from.text(field, note) : undefined;
  const action = isObject(own?.peek("actionRequired")) ? own?.object("actionRequired") : undefined;
  return {
    state: text(own, "state", "state"),
    type: text(own, "type", "type"),
    action: text(action, "reason", "action_required"),
  };
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
