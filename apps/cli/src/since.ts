import { usageError } from "./command-error.js";

const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** A moment as people type it: `90m`, `24h`, `7d`, `2w` before now, a day (its beginning here), or a time of ISO 8601. */
export function sinceTyped(text: string, now: Date, flag = "--since"): Date {
  const ago = /^(\d{1,5})([mhdw])$/.exec(text);
  if (ago !== null) {
    const [, count = "", unit = "m"] = ago;
    return new Date(now.getTime() - Number(count) * unitMs[unit as keyof typeof unitMs]);
  }
  const day = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})?)?$/.exec(text);
  // Without a time the language would read it in London.
  const date = new Date(day?.[2] === undefined ? `${text}T00:00` : text);
  if (day === null || Number.isNaN(date.getTime()) || !isDay(day[1] ?? ""))
    throw usageError(`${flag}: '${text}' is none of 90m, 24h, 7d, 2w, 2026-01-02 and 2026-01-02T03:04`);
  return date;
}

/** The language takes the 31st of February for the 3rd of March. */
function isDay(text: string): boolean {
  const date = new Date(`${text}T00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
