/** What a partial id stands for. */
export type FoundId =
  | { readonly kind: "one"; readonly id: string }
  | { readonly kind: "none" }
  | { readonly kind: "several"; readonly candidates: readonly string[] };

/**
 * The id that a person means: white space around it is dropped, the exact one wins, otherwise the text may stand anywhere in it. Literal: no
 * character is a wildcard, and nothing at all means no ticket.
 */
export function findId(typed: string, ids: readonly string[]): FoundId {
  const text = typed.trim();
  if (text === "") return { kind: "none" };
  if (ids.includes(text)) return { kind: "one", id: text };
  const candidates = ids.filter((id) => id.includes(text));
  const [only] = candidates;
  if (only === undefined) return { kind: "none" };
  return candidates.length === 1 ? { kind: "one", id: only } : { kind: "several", candidates };
}
