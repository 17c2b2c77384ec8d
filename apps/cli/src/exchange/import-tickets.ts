// The use case behind `wiggum ticket import`.
import { newUlid } from "@wiggum/control-plane";
import { loadParsers } from "@wiggum/ticket-core";
import type { Context, Outcome } from "../context.js";
import { findDeletedHere } from "./deleted-here.js";
import {
  countsOf,
  fieldCounts,
  fieldTable,
  type ImportMode,
  isComplete,
  lastLine,
  planLines,
} from "./import-report.js";
import { type CarriedOut, importInRounds } from "./import-rounds.js";
import type { SourceContents, SourceFormat } from "./imported-ticket.js";
import { type ImportPlan, type PlanOptions, planImport, wouldCreate } from "./plan-import.js";
import { readSource } from "./read-source.js";

export interface ImportRequest {
  readonly format: SourceFormat;
  readonly path: string;
  readonly source?: string | undefined;
  readonly states: ReadonlyMap<string, string>;
  readonly isDryRun: boolean;
  readonly isAtomic: boolean;
  /** Records whose ticket somebody deleted here become tickets again. */
  readonly isRestoring: boolean;
}

/** Problems that are named one by one. */
const mostNamed = 50;

export async function importTickets(context: Context, request: ImportRequest): Promise<Outcome> {
  const progress = progressOf(context);
  try {
    progress.say(`Reading ${request.path}`);
    const contents = await readSource(request.format, request.path, context.host);
    await context.project();
    await loadParsers();
    const { plan, mode } = await carriedOut(context, contents, request, progress.say, (text) => {
      progress.end();
      context.messages.error(text);
    });
    progress.end();
    return outcomeOf(context, plan, request, mode);
  } finally {
    progress.end();
  }
}

async function carriedOut(
  context: Context,
  contents: SourceContents,
  request: ImportRequest,
  say: (text: string) => void,
  /** Told what a failure left. */
  stopped: (text: string) => void,
): Promise<CarriedOut> {
  const project = await context.project();
  const plan = () => planNow(context, contents, request);
  say("Planning");
  if (request.isDryRun) return { plan: await plan(), mode: "dry-run" };
  return await project.write(undefined, ({ actor, fence }) =>
    importInRounds({
      plan,
      backend: project.tickets.backend,
      actor,
      fence,
      now: () => new Date(),
      newId: () => newUlid(),
      cause: `import from ${request.format}`,
      isAtomic: request.isAtomic,
      onProgress: (done, of) =>
        say(
          done < of ? `Importing ${done} of ${of}` : `Imported ${of}; bringing your ticket folder up to date`,
        ),
      onAttaching: (done, of) => say(`Attaching files of ticket ${done + 1} of ${of}`),
      onStopped: (made, of) =>
        stopped(
          `Import INCOMPLETE: ${made} of ${of} records are tickets by now; the same command makes the rest`,
        ),
    }),
  );
}

async function planNow(
  context: Context,
  contents: SourceContents,
  request: ImportRequest,
): Promise<ImportPlan> {
  const { tickets, types } = await context.project();
  const { backend } = tickets;
  const page = await backend.list();
  const unreadable = page.problems.flatMap(({ id }) => id ?? []);
  const options: PlanOptions = {
    format: request.format,
    source: request.source,
    states: request.states,
    types,
    existing: page.tickets,
    attachmentLimits: backend.attachments?.limits,
    takenIds: [...page.tickets.map(({ ticket }) => ticket.id), ...unreadable],
  };
  if (request.isRestoring || !wouldCreate(contents, options)) return planImport(contents, options);
  const deletedHere = await findDeletedHere(backend);
  if (deletedHere === undefined)
    context.messages.warn(
      "This store keeps no history: what was deleted here and is in the source is made again",
    );
  return planImport(contents, { ...options, deletedHere });
}

function outcomeOf(context: Context, plan: ImportPlan, request: ImportRequest, mode: ImportMode): Outcome {
  const counts = countsOf(plan);
  tellProblems(context, plan);
  const isAll = isComplete(counts);
  const fields = fieldCounts(plan);
  return {
    data: {
      format: request.format,
      isDryRun: request.isDryRun,
      isComplete: isAll && mode !== "refused",
      isWritten: mode === "done",
      counts,
      fields,
      records: plan.entries.map(({ externalId, place, action, why, id, title, warnings, account }) => ({
        externalId,
        ...place,
        action,
        ...(why !== undefined && { why }),
        ...(id !== undefined && { id }),
        title,
        warnings,
        ...(request.isDryRun && { account }),
      })),
      problems: plan.problems,
      leftOut: plan.leftOut,
    },
    text: [
      request.isDryRun ? planLines(plan, context.options.verbose) : "",
      mode === "refused" ? "" : fieldTable(fields),
      lastLine(counts, mode),
    ].join(""),
    exitCode: isAll ? 0 : 1,
  };
}

/** Each broken record with its file and line. */
function tellProblems(context: Context, plan: ImportPlan): void {
  const at = ({ path, line }: { readonly path: string; readonly line?: number | undefined }) =>
    line === undefined ? path : `${path}:${line}`;
  const failed = [
    ...plan.problems.map(
      (problem) =>
        `${at(problem)}: ${problem.externalId === undefined ? "" : `${problem.externalId}: `}${problem.message}`,
    ),
    ...plan.entries
      .filter(({ action }) => action === "refuse" || action === "stale")
      .map(({ place, externalId, why = "" }) => `${at(place)}: ${externalId}: ${why}`),
  ];
  for (const line of failed.slice(0, mostNamed)) context.messages.error(line);
  if (failed.length > mostNamed)
    context.messages.error(`${failed.length - mostNamed} more of these; --json names all`);
  const warnings = plan.entries.flatMap(({ place, externalId, warnings }) =>
    warnings.map((text) => `${at(place)}: ${externalId}: ${text}`),
  );
  for (const line of warnings.slice(0, mostNamed)) context.messages.warn(line);
  if (warnings.length > mostNamed)
    context.messages.warn(`${warnings.length - mostNamed} more of these; --json names all`);
  for (const { path, why } of plan.leftOut.slice(0, mostNamed)) context.messages.info(`${path} ${why}`);
}

/** One line on a terminal that is written over; nothing elsewhere. */
function progressOf(context: Context): { say(text: string): void; end(): void } {
  const { stderr } = context.host;
  const isShown = stderr.isTerminal && !context.options.quiet;
  let isOpen = false;
  return {
    say(text) {
      if (!isShown) return;
      isOpen = true;
      stderr.write(`\r\u001b[K${text.slice(0, (stderr.columns ?? 80) - 1).replace(/\p{Cc}/gu, "?")}`);
    },
    end() {
      if (isOpen) stderr.write("\r\u001b[K");
      isOpen = false;
    },
  };
}
