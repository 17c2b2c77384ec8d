// Chance that is the same in every run.

export interface Seeded {
  /** Whole number in [0, below). */
  below(below: number): number;
  pick<Item>(items: readonly Item[]): Item;
  /** True once in `of` times. */
  once(of: number): boolean;
  /** A word that occurs nowhere else: where it is found, its text arrived. */
  word(): string;
  /** Text of several lines, each with such a word; hostile now and then. */
  text(): string;
}

const hostile = [
  "---",
  "## A heading of its own",
  "### From somebody (2026-01-01 10:00)",
  "```sh",
  "- [ ] no criterion",
  "# no title",
  "<!-- event: comment author: x at: 2026 -->",
  "ünïcödé 漢字 🙂 \u200b",
  "key: value",
  "\ttabs\tand \u001b[31mcolours\u0007",
  "<!-- wiggum:event {} -->",
];

export function seeded(seed: number): Seeded {
  let state = seed | 1;
  let words = 0;
  const below = (limit: number) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
  const pick = <Item>(items: readonly Item[]): Item => {
    const item = items[below(items.length)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  };
  const once = (of: number) => below(of) === 0;
  const word = () => {
    words += 1;
    return `zq${seed}x${words.toString(36)}qz`;
  };
  const text = () =>
    Array.from({ length: 1 + below(4) }, () =>
      once(4) ? `${pick(hostile)}\n${word()}` : `Some words, ${word()}.`,
    ).join(once(3) ? "\n\n" : "\n");
  return { below, pick, once, word, text };
}

/** Every such word in a value, however deep. */
export function wordsIn(value: unknown): ReadonlySet<string> {
  return new Set(JSON.stringify(value)?.match(/zq\d+x[0-9a-z]+qz/g) ?? []);
}
