/** Lists and objects in one another that a record may have: the deepest that every part of an import can walk, with room to spare. */
export const deepestNesting = 1000;

/** Is there a list or object more than `levels` deep? Walks without recursion, so that no value is too deep to be asked; circles are. */
export function isNestedDeeper(value: unknown, levels: number): boolean {
  const open = [{ value, depth: 1 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next.value !== "object" || next.value === null) continue;
    if (next.depth > levels) return true;
    for (const inner of Object.values(next.value)) {
      if (typeof inner === "object" && inner !== null) open.push({ value: inner, depth: next.depth + 1 });
    }
  }
  return false;
}
