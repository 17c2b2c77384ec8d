/** Draws that are the same for the same seed. */
export interface Random {
  /** A whole number from 0, below `below`. */
  draw(below: number): number;
  /** A whole number between both, both included. */
  between(least: number, most: number): number;
  chance(percent: number): boolean;
  pick<Item>(items: readonly Item[]): Item;
}

export function createRandom(seed: number): Random {
  let state = (Math.imul(seed, 0x9e3779b1) ^ 0x811c9dc5) >>> 0 || 1;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 0x1_0000_0000;
  };
  for (let warmUp = 0; warmUp < 4; warmUp++) next();
  const draw = (below: number) => Math.floor(next() * below);
  return {
    draw,
    between: (least, most) => least + draw(most - least + 1),
    chance: (percent) => next() * 100 < percent,
    pick<Item>(items: readonly Item[]) {
      const item = items[draw(items.length)];
      if (item === undefined) throw new Error("Nothing to pick from.");
      return item;
    },
  };
}
