// Numbers in JSON that JavaScript would change in silence: they are taken as the text that they are.

/** Only then a number may be more than a double holds: it has many digits, or a large exponent. */
const mayBeLossy = /\d{16}|\d\.\d{15}|\.\d{16}|[eE][+-]?\d{2}/;

/** As `JSON.parse`, but for numbers that would come out as others: those are texts, digit for digit. @throws SyntaxError */
export function parseExactly(text: string): unknown {
  if (!mayBeLossy.test(text)) return JSON.parse(text) as unknown;
  return JSON.parse(text, (_key: string, value: unknown, context?: { readonly source?: string }) => {
    const source = context?.source;
    if (typeof value !== "number" || source === undefined) return value;
    return Number.isFinite(value) && decimal(source) === decimal(String(value)) ? value : source;
  }) as unknown;
}

/** `-12.50e3` as its digits without zeros at the ends, and where the point is. */
function decimal(source: string): string {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(source) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, "");
  const short = digits.replace(/0+$/, "");
  if (short === "") return "0";
  return `${sign}${short}e${Number(exponent) - fraction.length + digits.length - short.length}`;
}
