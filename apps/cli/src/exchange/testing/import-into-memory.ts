// For tests: a whole import without a disk.
import {
  builtinTypes,
  createJudge,
  createMemoryBackend,
  type MemoryBackend,
  type TicketBackend,
  type TicketTypes,
} from "@wiggum/ticket-core";
import type { SourceContents, SourceFormat } from "../imported-ticket.js";
import { type ImportPlan, type PlanOptions, planImport } from "../plan-import.js";
import { runImport } from "../run-import.js";

export function memoryStore(types: TicketTypes = builtinTypes): MemoryBackend {
  return createMemoryBackend({ judge: createJudge(types) });
}

export async function planInto(
  backend: TicketBackend,
  format: SourceFormat,
  contents: SourceContents,
  options: Partial<PlanOptions> = {},
): Promise<ImportPlan> {
  const { tickets } = await backend.list();
  return planImport(contents, {
    format,
    states: new Map(),
    types: builtinTypes,
    existing: tickets,
    takenIds: tickets.map(({ ticket }) => ticket.id),
    attachmentLimits: backend.attachments?.limits,
    ...options,
  });
}

let operations = 0;

/** Who imports, when, and under which operation ids. */
export const importer = {
  actor: { kind: "person", id: "ann" },
  now: () => new Date("2026-05-01T00:00:00Z"),
  newId: () => {
    operations += 1;
    return `op-${operations}`;
  },
  cause: "test",
} as const;

export async function importInto(
  backend: MemoryBackend,
  format: SourceFormat,
  contents: SourceContents,
  options: Partial<PlanOptions> & { readonly stopAfter?: number } = {},
): Promise<ImportPlan> {
  const plan = await planInto(backend, format, contents, options);
  const entries = options.stopAfter === undefined ? plan.entries : plan.entries.slice(0, options.stopAfter);
  const silent = { onProgress: () => {}, onWritten: () => {} };
  await runImport({ ...plan, entries }, { backend, ...importer, isAtomic: false, ...silent });
  return plan;
}
