// Texts by which agent programs say that their provider's limit is reached, and when it ends. Only for texts that explain why a program stopped:
// in what an agent merely reads or writes the same words mean nothing.
import type { RateLimit } from "./pool-pause.js";

const limitWords: readonly RegExp[] = [
  /\b(?:usage|rate|session|weekly|daily|hourly|spending|request|token|5-hour|quota)[ -]?limit\b.{0,40}\b(?:reached|exceeded|hit|exhausted)\b/i,
  /\b(?:hit|reached|exceeded)\b.{0,30}\b(?:usage|rate|session|weekly|daily|quota)[ -]?limit/i,
  /\brate[ _-]?limit(?:ed|_error|_exceeded)\b/i,
  /\blimit reached\b/i,
  /\btoo many requests\b/i,
  /\b(?:status|error|code|http)[ :=]*429\b|\b429\b[ :]*(?:too many|rate)/i,
  /\b(?:quota (?:exceeded|exhausted)|RESOURCE_EXHAUSTED|insufficient_quota)\b/i,
];

const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const longestReason = 300;

/**
 * The limit that this text tells of; `undefined` = it tells of none. `zone` is the time zone of times that name none (`Europe/Berlin`,
 * `UTC`); `nowMs` is milliseconds since 1970.
 */
export function rateLimitIn(text: string, nowMs: number, zone = "UTC"): RateLimit | undefined {
  const lines = text.split("\n").map((line) => line.trim());
  const at = lines.findLastIndex((line) => limitWords.some((words) => words.test(line)));
  const line = lines[at];
  if (line === undefined) return undefined;
  // The time may stand in the line after.
  const around = [line, lines[at + 1] ?? ""].join(" ");
  const untilMs = endIn(around, nowMs, zone);
  const reason = line.replace(/\s+/g, " ").replace(/\|\d{10,13}$/, "");
  const shown = reason.length > longestReason ? `${reason.slice(0, longestReason)}…` : reason;
  return { reason: shown, ...(untilMs === undefined ? {} : { untilMs }) };
}

/** The moment that a text names, in any of the ways that programs name it. */
function endIn(text: string, nowMs: number, zone: string): number | undefined {
  return epochIn(text) ?? durationIn(text, nowMs) ?? instantIn(text) ?? clockIn(text, nowMs, zone);
}

/** `…limit reached|1700000000` */
function epochIn(text: string): number | undefined {
  const [, digits] = /(?:\||reset(?:s|_at)?["': =]+)(\d{10}|\d{13})\b/i.exec(text) ?? [];
  if (digits === undefined) return undefined;
  return digits.length === 13 ? Number(digits) : Number(digits) * 1_000;
}

/** `try again in 2 hours 5 minutes`, `resets in 45s`, `Retry-After: 30` */
function durationIn(text: string, nowMs: number): number | undefined {
  const [, seconds] = /retry[-_ ]after["']?[:= ]+(\d+(?:\.\d+)?)\b/i.exec(text) ?? [];
  if (seconds !== undefined) return nowMs + Number(seconds) * 1_000;
  const [, phrase] =
    /\b(?:in|after)\s+((?:\d+(?:\.\d+)?\s*(?:d(?:ays?)?|h(?:ours?|rs?)?|m(?:in(?:ute)?s?)?|s(?:ec(?:ond)?s?)?)\b[\s,]*(?:and\s+)?)+)/i.exec(
      text,
    ) ?? [];
  if (phrase === undefined) return undefined;
  const parts = [...phrase.matchAll(/(\d+(?:\.\d+)?)\s*([dhms])/gi)];
  const durationMs = parts.reduce(
    (sum, [, count = "0", unit = "s"]) => sum + Number(count) * (unitMs[unit.toLowerCase()] ?? 0),
    0,
  );
  return nowMs + durationMs;
}

/** `2026-11-21T15:00:00Z` */
function instantIn(text: string): number | undefined {
  const [instant] =
    /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})/.exec(text) ?? [];
  const parsed = instant === undefined ? Number.NaN : Date.parse(instant);
  return Number.isNaN(parsed) ? undefined : parsed;
}

/** `resets 3pm (America/New_York)`, `try again at 15:30`: the next time that clocks there show it. */
function clockIn(text: string, nowMs: number, zone: string): number | undefined {
  const found =
    /\b(?:resets?|again|until|back|available)\b[^0-9|]{0,24}?\b(\d{1,2})(?::(\d{2}))?\s*([ap]\.?m\.?)?(?:\s*\(([A-Za-z_]+(?:\/[A-Za-z_+-]+)*)\))?/i.exec(
      text,
    );
  if (found === null) return undefined;
  const [, hourText = "", minuteText, half, named] = found;
  if (minuteText === undefined && half === undefined) return undefined;
  const hour = (Number(hourText) % (half === undefined ? 24 : 12)) + (/^p/i.test(half ?? "") ? 12 : 0);
  const wanted = hour * 60 + Number(minuteText ?? 0);
  const shown = minuteOfDay(nowMs, named ?? zone) ?? minuteOfDay(nowMs, zone);
  if (shown === undefined) return undefined;
  const minutes = (((wanted - shown) % 1_440) + 1_440) % 1_440 || 1_440;
  return Math.floor(nowMs / 60_000) * 60_000 + minutes * 60_000;
}

function minuteOfDay(nowMs: number, zone: string): number | undefined {
  try {
    const format = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    });
    const [hour = 0, minute = 0] = format.format(nowMs).split(":").map(Number);
    return hour * 60 + minute;
  } catch {
    return undefined; // a zone that nobody knows
  }
}
