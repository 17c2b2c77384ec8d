// What an import did, or would do, for people and for programs.
import { printable } from "../printable.js";
import type { Fate } from "./imported-ticket.js";
import type { ImportPlan, PlanEntry } from "./plan-import.js";

/** How many records became what. */
export interface ImportCounts {
  readonly records: number;
  readonly created: number;
  /** Imported before, there already, or said twice. */
  readonly skipped: number;
  readonly deleted: number;
  /** Were tickets here; somebody deleted them, and they stay so. */
  readonly deletedHere: number;
  readonly stale: number;
  /** Records and files that are in no ticket. */
  readonly refused: number;
}

/** One kind of field over all records: how often it met which fate. */
export interface FieldCount {
  readonly field: string;
  readonly fate: Fate;
  readonly note: string;
  readonly records: number;
}

export function countsOf({ entries, problems }: ImportPlan): ImportCounts {
  const count = (is: (entry: PlanEntry) => boolean) => entries.filter(is).length;
  return {
    records: entries.length + problems.length,
    created: count(({ action }) => action === "create"),
    skipped: count(({ action, why }) => action === "skip" && why !== deletedWhy && why !== deletedHereWhy),
    deleted: count(({ why }) => why === deletedWhy),
    deletedHere: count(({ why }) => why === deletedHereWhy),
    stale: count(({ action }) => action === "stale"),
    refused: count(({ action }) => action === "refuse") + problems.length,
  };
}

export const deletedWhy = "was deleted in the source";
export const deletedHereWhy = "was imported before and deleted here; --restore makes it again";

/** Is everything that the source holds in the tickets? */
export function isComplete({ stale, refused }: ImportCounts): boolean {
  return stale === 0 && refused === 0;
}

/** `comments[3].author` of all records is one row, `comments[].author`, for each of its fates. */
export function fieldCounts({
  entries,
}: {
  readonly entries: readonly Pick<PlanEntry, "account" | "action">[];
}): readonly FieldCount[] {
  const rows = new Map<string, { field: string; fate: Fate; note: string; records: number }>();
  for (const { account, action } of entries) {
    if (action === "refuse") continue;
    for (const { field, fate, note } of account) {
      const pattern = field
        .replace(/\[\d+\]/g, "[]")
        .replace(/^(artifacts|attachments)\/[^.].*/s, "$1/<name>");
      const key = JSON.stringify([pattern, fate, note]);
      const row = rows.get(key) ?? { field: pattern, fate, note, records: 0 };
      row.records += 1;
      rows.set(key, row);
    }
  }
  return [...rows.values()].sort((left, right) =>
    left.field < right.field ? -1 : left.field > right.field ? 1 : 0,
  );
}

export function fieldTable(rows: readonly FieldCount[]): string {
  if (rows.length === 0) return "";
  const shown = rows.map(({ field, fate, note, records }) => [
    printable(field),
    fate,
    String(records),
    printable(note),
  ]);
  const all = [["FIELD", "FATE", "TIMES", "WHERE, OR WHY NOT"], ...shown];
  const widths = [0, 1, 2].map((column) =>
    all.reduce((widest, row) => Math.min(40, Math.max(widest, row[column]?.length ?? 0)), 0),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return `${all.map(line).join("\n")}\n`;
}

/** A line for each record, for `--dry-run`. */
export function planLines({ entries }: ImportPlan, isVerbose: boolean): string {
  return entries
    .map((entry) => {
      const head = `${entry.action.padEnd(6)}  ${printable(entry.externalId)}  ${entry.id ?? "-"}  ${printable(entry.title)}`;
      const why = entry.why === undefined ? "" : `  (${printable(entry.why)})`;
      const fields = isVerbose
        ? entry.account.map(
            ({ field, fate, note }) =>
              `          ${fate.padEnd(7)}  ${printable(field)}  ${printable(note)}\n`,
          )
        : [];
      return `${head}${why}\n${fields.join("")}`;
    })
    .join("");
}

export type ImportMode = "done" | "dry-run" | "refused";

/** The last line: says whether all is in. */
export function lastLine(counts: ImportCounts, mode: ImportMode): string {
  const { records, created, skipped, deleted, deletedHere, stale, refused } = counts;
  const rest = [
    `${skipped} there already`,
    ...(deleted > 0 ? [`${deleted} deleted in the source`] : []),
    ...(deletedHere > 0 ? [`${deletedHere} deleted here and left so (--restore makes them again)`] : []),
    ...(stale > 0 ? [`${stale} changed in the source and left alone`] : []),
    ...(refused > 0 ? [`${refused} broken or refused`] : []),
  ].join(", ");
  const verdict = isComplete(counts) ? "complete" : "INCOMPLETE";
  if (mode === "refused")
    return `Nothing was imported (--atomic): of ${records} records ${created} could be, ${rest}\n`;
  if (mode === "dry-run")
    return `Would be ${verdict}: of ${records} records ${created} to create, ${rest}; nothing was written\n`;
  return `Import ${verdict}: of ${records} records ${created} created, ${rest}\n`;
}
