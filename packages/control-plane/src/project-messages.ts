import type { AgentId, Delivery } from "@wiggum/workflow";

/** A message for an agent that has not arrived, or of which nobody knows. JSON-safe. */
export interface KeptMessage {
  /** ULID. */
  readonly id: string;
  readonly agentId: AgentId;
  readonly ticketId?: string | undefined;
  readonly from: string;
  /** As it was sent. */
  readonly text: string;
  /** ISO 8601. */
  readonly at: string;
  /**
   * `pending`: it is tried again. `unread`: it lies in a file that the agent may read. `unknown`: it may have arrived, and is not sent again.
   * `refused`: it had to wait, and then was not taken. The last three are forgotten when the agent's session ends or its ticket moves on.
   */
  readonly status: "pending" | "unread" | "unknown" | "refused";
  /** Why, in words. */
  readonly reason: string;
  /** It answers something that the agent asked; the same words stand on its ticket, under the same id. */
  readonly isAnswer?: boolean | undefined;
}

/** What a person says to an agent that waits. */
export interface AgentAnswer {
  /** In words; to a permission that is refused: why. */
  readonly text?: string | undefined;
  /** To a permission: may it? Words alone never allow anything. */
  readonly allow?: boolean | undefined;
}

/** What became of an answer. */
export type SentAnswer = SentMessage & {
  /** Ticket that the answer stands on, under the id of the message; absent = the agent has none. */
  readonly ticketId?: string | undefined;
};

/** What became of a message that was sent. */
export type SentMessage =
  | Delivery
  | { readonly status: "pending"; readonly messageId: string; readonly reason: string };

/** Messages that could not be given to their agents at once. */
export interface ProjectMessages {
  /** Those that have not arrived, as far as anybody knows; the oldest first. Only looks. */
  kept(): Promise<readonly KeptMessage[]>;
  /** Gives them to agents that can take them now. In words what became of them. */
  deliver(): Promise<readonly string[]>;
  /** Forgets all that are kept for an agent. How many they were. */
  drop(agentId: AgentId): Promise<number>;
}
