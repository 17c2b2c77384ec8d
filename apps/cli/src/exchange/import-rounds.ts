// An import from the first plan to the last commit. Others may make tickets meanwhile: then it is planned anew, as often as need be.
import { isTicketError } from "@wiggum/ticket-core";
import { countsOf, type ImportMode, isComplete } from "./import-report.js";
import type { ImportPlan, PlanEntry } from "./plan-import.js";
import { type ImportPorts, runImport } from "./run-import.js";
import { attachFiles } from "./source-attachments.js";

/** How often it is planned anew because somebody else made a ticket meanwhile. */
const mostPlans = 5;

/** What came of an import: the last plan, in which what an earlier round made is `create`, too. */
export interface CarriedOut {
  readonly plan: ImportPlan;
  readonly mode: ImportMode;
}

/** What the rounds need beside a single run. */
export interface RoundPorts extends Omit<ImportPorts, "onWritten"> {
  /** A plan of the same contents, with what is in the store now. */
  readonly plan: () => Promise<ImportPlan>;
  /** Told while files are attached to the tickets that are there. */
  readonly onAttaching: (done: number, of: number) => void;
  /** Told what a failure left: `made` of `of` records are tickets. */
  readonly onStopped: (made: number, of: number) => void;
}

/**
 * Plans, and carries the plan out.
 * @throws what a commit threw; a TICKET_CONFLICT only when planning anew did not help
 */
export async function importInRounds(ports: RoundPorts): Promise<CarriedOut> {
  // By the place of the record in the source: an id may stand there twice, and only one of the two was made.
  const created = new Map<number, PlanEntry>();
  for (let attempt = 1; ; attempt += 1) {
    const plan = await ports.plan();
    if (ports.isAtomic && !isComplete(countsOf(plan))) return { plan, mode: "refused" };
    const places = new Map(plan.entries.map((entry, index) => [entry, index]));
    const onWritten = (entries: readonly PlanEntry[]) => {
      for (const entry of entries) {
        const place = places.get(entry);
        if (place !== undefined) created.set(place, entry);
      }
    };
    try {
      await runImport(plan, { ...ports, onWritten });
      // What an earlier round made was "there already" for this one.
      const entries = plan.entries.map((entry, index) => created.get(index) ?? entry);
      const left = await attachFiles(entries, {
        ...ports,
        attachments: ports.backend.attachments,
        onProgress: ports.onAttaching,
      });
      return { plan: { ...plan, entries, problems: [...plan.problems, ...left] }, mode: "done" };
    } catch (error) {
      if (isTicketError(error, "TICKET_CONFLICT") && attempt < mostPlans) continue;
      // What is said of the last commit is not true of those before it.
      if (created.size > 0) ports.onStopped(created.size, plan.entries.length);
      throw error;
    }
  }
}
