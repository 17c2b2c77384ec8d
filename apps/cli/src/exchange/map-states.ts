// Foreign states and kinds of work, in the words of the project's ticket types. The table is in docs/import-export.md.

import { TicketError, type TicketType, type TicketTypes } from "@wiggum/ticket-core";
import { lookUp } from "./foreign-words.js";
import type { ImportedTicket, StateMeaning } from "./imported-ticket.js";
import { standingOf } from "./own-state.js";

/** Other tools' words for a kind of work. */
const sameKind: Readonly<Record<string, string>> = {
  enhancement: "feature",
  story: "feature",
  "user-story": "feature",
  feat: "feature",
  defect: "bug",
  incident: "bug",
  spike: "task",
  docs: "chore",
  maintenance: "chore",
  milestone: "epic",
};

/** The project's type of that name, or of the same kind; else its default type. */
export function typeFor(types: TicketTypes, word: string | undefined): TicketType {
  const name = word?.trim().toLowerCase() ?? "";
  for (const candidate of [name, lookUp(sameKind, name) ?? "", types.defaultType]) {
    const type = Object.hasOwn(types.types, candidate) ? types.types[candidate] : undefined;
    if (type !== undefined) return type;
  }
  throw new TicketError("TYPE_UNKNOWN", `There is no ticket type '${types.defaultType}'`, {
    type: types.defaultType,
    valid: Object.keys(types.types),
  });
}

/** `isHeld`: it shall not be begun before a person said so. @throws STATE_UNKNOWN where a person chose a state that the type does not have */
export function stateFor(
  type: TicketType,
  { state, meaning, actionRequired, ownState }: ImportedTicket,
  chosen: ReadonlyMap<string, string>,
): { readonly state: string; readonly isHeld: boolean; readonly isOwn: boolean } {
  const wanted = chosen.get(state.trim().toLowerCase());
  const names = type.states.map(({ name }) => name);
  if (wanted === undefined) {
    if (ownState !== undefined && names.includes(ownState.word)) {
      const { word, fits, heldSays } = ownState;
      const isPutOff =
        meaning === "held" && heldSays !== "nothing" && (heldSays === undefined || isWorkable(type, word));
      const isHeld = isPutOff || actionRequired !== undefined;
      if (fits.includes(standingOf(type, word)))
        return { state: word, isHeld: isHeld && !isFinal(type, word), isOwn: true };
    }
    const found = byMeaning(type, meaning);
    return {
      state: found,
      isHeld: meaning === "held" || (actionRequired !== undefined && !isFinal(type, found)),
      isOwn: false,
    };
  }
  if (!names.includes(wanted)) {
    throw new TicketError(
      "STATE_UNKNOWN",
      `Type '${type.name}' has no state '${wanted}', which '${state}' is to become`,
      {
        state: wanted,
        valid: names,
      },
    );
  }
  return { state: wanted, isHeld: actionRequired !== undefined && !isFinal(type, wanted), isOwn: false };
}

function isFinal(type: TicketType, state: string): boolean {
  return type.states.some(({ name, final }) => name === state && final);
}

function isWorkable(type: TicketType, state: string): boolean {
  return type.states.some(({ name, claimable, roles }) => name === state && (claimable || roles.length > 0));
}

function byMeaning(type: TicketType, meaning: StateMeaning): string {
  // In the order of the words, not in that of the type: the best one counts.
  const named = (...names: readonly string[]) =>
    names.find((wanted) => type.states.some(({ name }) => name === wanted));
  const final = (satisfies: boolean) =>
    type.states.find((state) => state.final && state.satisfiesDependants === satisfies)?.name;
  if (meaning === "started") return named("in-progress", "in_progress") ?? type.initial;
  if (meaning === "review")
    return named("review", "in-review", "pr_open", "in-progress", "in_progress") ?? type.initial;
  if (meaning === "done") return final(true) ?? final(false) ?? type.initial;
  if (meaning === "given-up") return final(false) ?? final(true) ?? type.initial;
  return type.initial;
}
