// The state of one of our tickets that was written for another tool and comes back: beside the other tool's word stands our own.
import type { TicketType } from "@wiggum/ticket-core";
import type { StateMeaning } from "./imported-ticket.js";

/** Where a ticket stands, in words that other tools have, too. `given-up`: over, and dependants go on waiting. */
export type Standing = "open" | "in_progress" | "delivered" | "given-up";

/** Our own word in a foreign record. */
export interface OwnState {
  readonly word: string;
  /**
   * What the other tool's own state leaves open. A word that stands for something else is old: somebody has moved the ticket there since, and is
   * right.
   */
  readonly fits: readonly Standing[];
  /** The label that says it, which is ours, too. */
  readonly label?: string | undefined;
  /**
   * Whether a meaning of `held` says that a person has to act. Default: it does. `of-workable`: of a state that can be worked in it does, all others
   * are held by what they are. `nothing`: the word says all.
   */
  readonly heldSays?: "of-workable" | "nothing" | undefined;
}

const standings: Readonly<Record<StateMeaning, readonly Standing[]>> = {
  open: ["open"],
  held: ["open", "in_progress"],
  started: ["in_progress"],
  review: ["in_progress"],
  done: ["delivered"],
  "given-up": ["given-up"],
};

/** Where nothing speaks against the word. */
export const everyStanding: readonly Standing[] = ["open", "in_progress", "delivered", "given-up"];

/** What a meaning leaves open in a tool that tells what was delivered from what was given up. */
export function standingsOf(meaning: StateMeaning): readonly Standing[] {
  return standings[meaning];
}

/** The same for a tool that has one word for all that is over. */
export function standingsOfThree(meaning: StateMeaning): readonly Standing[] {
  return meaning === "done" || meaning === "given-up" ? ["delivered", "given-up"] : standings[meaning];
}

/** @param state one of the type; any other counts as being worked on */
export function standingOf(type: TicketType, state: string): Standing {
  const found = type.states.find(({ name }) => name === state);
  if (found?.final) return found.satisfiesDependants ? "delivered" : "given-up";
  return type.initial === state ? "open" : "in_progress";
}
