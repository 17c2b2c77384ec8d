import type { KillOutcome } from "@wiggum/control-plane";
import type { Messages } from "./messages.js";

const mostMessages = 5;
const mostCharacters = 100;

/** Whoever sent them was told that they are kept: they are gone with their agent, and here are the words to send them anew. */
export function tellForgotten(messages: Messages, { agentId, forgottenMessages = [] }: KillOutcome): void {
  for (const { from, text, status } of forgottenMessages.slice(0, mostMessages)) {
    const fate = status === "pending" || status === "refused" ? "had not arrived" : "may not have been read";
    const words = text.length > mostCharacters ? `${text.slice(0, mostCharacters)}…` : text;
    messages.warn(`A message of ${from} to ${agentId} that ${fate} is forgotten: ${words}`);
  }
  const more = forgottenMessages.length - mostMessages;
  if (more > 0) messages.warn(`${more} more to ${agentId} are forgotten, too`);
}
