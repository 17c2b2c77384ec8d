import type { MessageWithParts } from "../connection.js";
import { failureText } from "./session-view.js";

/** How a turn stands, read from the messages of an idle session: no event says it. */
export type Outcome =
  | { readonly kind: "done" }
  /** A person or a limit stopped it. */
  | { readonly kind: "aborted" }
  /** It cannot go on by itself: login, model, quota. */
  | { readonly kind: "blocked"; readonly reason: string }
  /** The answer was cut at the model's limit. */
  | { readonly kind: "truncated" }
  /** The prompt is there, and nothing of an answer. */
  | { readonly kind: "not-begun" }
  /** The answer stops in the middle: whoever gave it was ended. */
  | { readonly kind: "cut" };

/** The newest messages, oldest first; `promptId` = the message that began the turn, where that is known. */
export function outcomeOf(messages: readonly MessageWithParts[], promptId: string | undefined): Outcome {
  const last = messages.findLast(
    ({ info }) =>
      info.role === "assistant" && (promptId === undefined || isAfter(messages, info.id, promptId)),
  );
  if (last?.info.role !== "assistant") return { kind: "not-begun" };
  const { error, finish, time } = last.info;
  if (error !== undefined) {
    if (error.name === "MessageAbortedError") return { kind: "aborted" };
    if (error.name === "MessageOutputLengthError") return { kind: "truncated" };
    return { kind: "blocked", reason: failureText(error) };
  }
  if (finish === "length") return { kind: "truncated" };
  const isRunning = last.parts.some(
    (part) => part.type === "tool" && (part.state.status === "running" || part.state.status === "pending"),
  );
  if (time.completed === undefined || isRunning) return { kind: "cut" };
  // Aborted while it waited to try again: completed, without words, and no error says so.
  if (finish === undefined) return { kind: last.parts.length === 0 ? "aborted" : "done" };
  return { kind: "done" };
}

function isAfter(messages: readonly MessageWithParts[], id: string, promptId: string): boolean {
  const prompt = messages.findIndex(({ info }) => info.id === promptId);
  return messages.findIndex((message) => message.info.id === id) > prompt;
}

/** The user message with exactly that text, the newest. */
export function findPrompt(messages: readonly MessageWithParts[], text: string): string | undefined {
  return messages.findLast(
    ({ info, parts }) =>
      info.role === "user" && parts.some((part) => part.type === "text" && part.text === text),
  )?.info.id;
}
