const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34 } as const;

export type Colour = keyof typeof codes;

/** Text in a colour. Cut it to its width first. */
export function styled(colour: Colour, text: string): string {
  return text === "" ? "" : `\u001b[${codes[colour]}m${text}\u001b[0m`;
}
