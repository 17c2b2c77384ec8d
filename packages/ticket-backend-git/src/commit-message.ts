import { wiggumIdentity } from "@wiggum/git";
import {
  type Actor,
  type OperationId,
  printable,
  type TicketCommit,
  type TicketId,
} from "@wiggum/ticket-core";

/** What one commit says about one ticket that it wrote. */
export interface MessageChange {
  readonly id: TicketId;
  /** State before; absent = the ticket was created. */
  readonly from?: string | undefined;
  /** State after; absent = the ticket was deleted. */
  readonly to?: string | undefined;
  /** Lease epoch after. */
  readonly epoch?: number | undefined;
}

/** The part of a commit message that Wiggum's own commits carry as trailers. */
export interface OwnMessage {
  readonly operationId: OperationId;
  readonly actor: Actor;
  readonly changes: readonly MessageChange[];
  /** Name of the attachment that it wrote or took away. */
  readonly attachment?: string | undefined;
  readonly cause?: string | undefined;
  readonly override?: string | undefined;
  readonly skipHooks: boolean;
  /** Operations of its second parent's line that are not in its tickets: the upstream had been first. */
  readonly refused?: readonly OperationId[] | undefined;
}

/**
 * `subject`, then trailers: per ticket `Ticket`, `From`, `To`, `Epoch`; then `Attachment Op Actor Kind Role Host Cause Override Hooks Refused`.
 * The operation id makes two identical edits different objects, so that git can never fold two claims into one.
 */
export function formatMessage(
  commit: Pick<TicketCommit, "operationId" | "actor" | "subject" | "cause" | "override" | "skipHooks"> & {
    readonly attachment?: string | undefined;
    readonly refused?: readonly OperationId[] | undefined;
  },
  changes: readonly MessageChange[],
  host: string,
): string {
  const { actor } = commit;
  const trailers: [string, string | undefined][] = [
    ...changes.flatMap(({ id, from, to, epoch }): [string, string | undefined][] => [
      ["Ticket", id],
      ["From", from],
      ["To", to],
      ["Epoch", epoch === undefined ? undefined : String(epoch)],
    ]),
    ["Attachment", commit.attachment],
    ["Op", commit.operationId],
    ["Actor", actor.id],
    ["Kind", actor.kind],
    ["Role", actor.role],
    ["Host", actor.host ?? host],
    ["Cause", commit.cause],
    ["Override", commit.override],
    ["Hooks", commit.skipHooks === true ? "skipped" : undefined],
    ...(commit.refused ?? []).map((operationId): [string, string] => ["Refused", operationId]),
  ];
  const lines = trailers.flatMap(([key, value]) => (value === undefined ? [] : [`${key}: ${quote(value)}`]));
  const subject = printable(commit.subject).trim();
  return `${subject === "" ? "Ticket update" : subject}\n\n${lines.join("\n")}\n`;
}

/** As git names the committer of what Wiggum writes. */
const ourSignature = `${wiggumIdentity.name} <${wiggumIdentity.email}>`;

/**
 * What a commit of ours says; `undefined` for everybody else's. The trailers alone do not make it ours: a person's `cherry-pick`, `rebase` or
 * `commit --amend` keeps them, on content that nobody judged. `committer` is `name <email>`.
 */
export function ownMessage(committer: string, message: string): OwnMessage | undefined {
  return committer === ourSignature ? parseMessage(message) : undefined;
}

/** Reads the trailers of a commit message of Wiggum's form; `undefined` for every other. */
export function parseMessage(message: string): OwnMessage | undefined {
  const paragraphs = message.trimEnd().split("\n\n");
  if (paragraphs.length < 2) return undefined;
  const changes: { id: TicketId; from?: string; to?: string; epoch?: number }[] = [];
  const found = new Map<string, string>();
  const refused: OperationId[] = [];
  for (const line of (paragraphs.at(-1) ?? "").split("\n")) {
    const [, key, raw] = /^([A-Z][A-Za-z-]*): (.*)$/.exec(line) ?? [];
    if (key === undefined || raw === undefined) return undefined;
    const value = unquote(raw);
    const last = changes.at(-1);
    if (key === "Ticket") changes.push({ id: value });
    else if (key === "From" && last !== undefined) last.from = value;
    else if (key === "To" && last !== undefined) last.to = value;
    else if (key === "Epoch" && last !== undefined) last.epoch = Number(value);
    else if (key === "Refused") refused.push(value);
    else found.set(key, value);
  }
  const operationId = found.get("Op");
  if (operationId === undefined) return undefined;
  const role = found.get("Role");
  const host = found.get("Host");
  return {
    operationId,
    actor: {
      kind: kindOf(found.get("Kind")),
      id: found.get("Actor") ?? "",
      ...(role === undefined ? {} : { role }),
      ...(host === undefined ? {} : { host }),
    },
    changes,
    attachment: found.get("Attachment"),
    cause: found.get("Cause"),
    override: found.get("Override"),
    skipHooks: found.get("Hooks") === "skipped",
    ...(refused.length === 0 ? {} : { refused }),
  };
}

export function subjectOf(message: string): string {
  return message.split("\n", 1)[0] ?? "";
}

const kinds = ["person", "agent", "supervisor", "hook"] as const;

function kindOf(text: string | undefined): Actor["kind"] {
  return kinds.find((kind) => kind === text) ?? "person";
}

// A value stays on its line whatever it holds; one that a reader could misread is a JSON string.
function quote(value: string): string {
  const isPlain =
    /^[^\s"\u0000-\u001f\u007f-\u009f\u2028\u2029](?:[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*[^\s\u0000-\u001f\u007f-\u009f\u2028\u2029])?$/u.test(
      value,
    );
  if (isPlain) return value;
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function unquote(text: string): string {
  if (!text.startsWith('"')) return text;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "string" ? value : text;
  } catch {
    return text;
  }
}
