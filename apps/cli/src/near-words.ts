/** Names that a person may have meant: one typing error away, or beginning alike. */
export function nearWords(typed: string, names: readonly string[]): readonly string[] {
  if (typed.length < 2 || typed === "--") return [];
  return names.filter(
    (name) => name.startsWith(typed) || typed.startsWith(name) || isOneEditAway(typed, name),
  );
}

function isOneEditAway(left: string, right: string): boolean {
  const [short, long] = left.length <= right.length ? [left, right] : [right, left];
  if (long.length - short.length > 1) return false;
  let start = 0;
  while (start < short.length && short[start] === long[start]) start += 1;
  if (short.length !== long.length) return short.slice(start) === long.slice(start + 1);
  const isSwap =
    short[start] === long[start + 1] &&
    short[start + 1] === long[start] &&
    short.slice(start + 2) === long.slice(start + 2);
  return isSwap || short.slice(start + 1) === long.slice(start + 1);
}
