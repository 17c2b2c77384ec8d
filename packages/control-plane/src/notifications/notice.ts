import type { TicketId } from "@wiggum/ticket-core";
import type { AgentId } from "@wiggum/workflow";
import type { NoticeEvent } from "../settings.js";

/** Something that people should hear of, and that lasts for a while: they are told when it begins, once. */
export interface Episode {
  /** The same as long as it is the same matter, whoever looks. */
  readonly key: string;
  readonly event: NoticeEvent;
  readonly ticketId?: TicketId | undefined;
  readonly agentId?: AgentId | undefined;
  /** One line each; as it was read: whoever shows it escapes it. */
  readonly title: string;
  readonly text: string;
  /** What to type, the most likely first. */
  readonly commands: readonly string[];
  /** It is known, and nobody is told: another episode says the same louder. */
  readonly isSilent?: boolean | undefined;
}

/** An episode that began, as it is told. JSON-safe. */
export interface Notice extends Omit<Episode, "isSilent"> {
  /** ULID: the same in every channel and at every attempt. */
  readonly id: string;
  /** When it was noticed, ISO 8601. */
  readonly at: string;
  /** Name of the project: its folder. */
  readonly project: string;
}

/** A way to tell people. */
export interface NoticeChannel {
  /** Names it in the store, in messages and in findings; holds no secret. */
  readonly name: string;
  readonly events: readonly NoticeEvent[];
  /** Resolves when it was taken. @throws Error with the reason in words; the signal ends it at once */
  send(notice: Notice, signal: AbortSignal): Promise<void>;
}
