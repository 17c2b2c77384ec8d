import type { ReportedFact } from "./agent-profile.js";
import { factOf, textAt } from "./output-records.js";
import type { Evidence } from "./runner.js";

/** Name of the file in a session's state directory that hooks, and agents themselves, append one line of JSON to for each report. */
export const reportsFileName = "reports.jsonl";

/** One report. Whoever writes it need not be able to parse JSON: `payload` is what the program's hook was given, as it was. */
export interface AgentReport {
  readonly source: "hook" | "self-report";
  readonly fact: ReportedFact;
  /** Seconds since 1970, by the wall clock. */
  readonly at: number;
  /** Paths of texts in the payload that explain the fact. */
  readonly show?: readonly string[] | undefined;
  readonly payload?: unknown;
  /** An explanation in words. */
  readonly text?: string | undefined;
}

/** A report as a line of the file, with its line end. */
export function reportLine(report: AgentReport): string {
  return `${JSON.stringify(report)}\n`;
}

/** When, and for which session, the reports of an agent are read. */
export interface ReportMoment {
  readonly generation: number;
  /** The same instant on the clock of the evidence and on the wall clock, both in milliseconds. */
  readonly nowMs: number;
  readonly wallNowMs: number;
}

/**
 * The newest report of each source as evidence. Lines that cannot be read count as not written: a hook that died in the middle of one
 * must not hide what was said before.
 */
export function evidenceOfReports(text: string, moment: ReportMoment): readonly Evidence[] {
  const reports = text
    .split("\n")
    .map(parseReport)
    .filter((report) => report !== undefined);
  return (["hook", "self-report"] as const).flatMap((source) => {
    const report = reports.findLast((one) => one.source === source);
    if (report === undefined) return [];
    const { nowMs, wallNowMs, generation } = moment;
    const ageMs = Math.max(0, wallNowMs - report.at * 1000);
    return [{ source, fact: factOf(report.fact, explanation(report)), atMs: nowMs - ageMs, generation }];
  });
}

const facts: readonly string[] = ["busy", "idle", "waiting", "blocked", "retrying"] satisfies ReportedFact[];
const longestExplanation = 500;

function parseReport(line: string): AgentReport | undefined {
  if (!line.startsWith("{")) return undefined;
  let value: Partial<AgentReport>;
  try {
    value = JSON.parse(line) as Partial<AgentReport>;
  } catch {
    return undefined;
  }
  const isReport =
    (value.source === "hook" || value.source === "self-report") &&
    facts.includes(String(value.fact)) &&
    Number.isFinite(value.at);
  return isReport ? (value as AgentReport) : undefined;
}

function explanation({ text, payload, show = [] }: AgentReport): string | undefined {
  if (typeof text === "string" && text !== "") return text.slice(0, longestExplanation);
  if (typeof payload !== "object" || payload === null || !Array.isArray(show)) return undefined;
  const words = show.map((path) => textAt(payload as Record<string, unknown>, String(path)));
  const said = words.filter((one) => one !== undefined).join(": ");
  return said === "" ? undefined : said.slice(0, longestExplanation);
}
