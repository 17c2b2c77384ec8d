export interface Painter {
  /** What has to be written so that the terminal shows these lines; nothing where it shows them already. */
  paint(lines: readonly string[], columns: number, rows: number): string;
  /** The terminal may show anything: the next time all lines are written. */
  forget(): void;
}

/** Writes only the lines that changed, each at its place: nothing scrolls and nothing flickers. */
export function createPainter(): Painter {
  let shown: readonly string[] | undefined;
  let size = "";
  return {
    paint(lines, columns, rows) {
      const isKnown = shown !== undefined && size === `${columns} ${rows}`;
      const before = isKnown ? (shown ?? []) : [];
      shown = lines.slice(0, rows);
      size = `${columns} ${rows}`;
      const height = Math.max(shown.length, before.length);
      const changed = Array.from({ length: height }, (_, index) => index).filter(
        (index) => !isKnown || shown?.[index] !== before[index],
      );
      // Erased before it is written: at the end of a full line the cursor stands on its last character, which would go with the rest.
      const writes = changed.map((index) => `\u001b[${index + 1};1H\u001b[2K${shown?.[index] ?? ""}`);
      return (isKnown ? "" : "\u001b[0m\u001b[2J") + writes.join("");
    },
    forget() {
      shown = undefined;
    },
  };
}
