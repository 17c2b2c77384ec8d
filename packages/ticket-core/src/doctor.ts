import { cycleThrough, cyclicGroups, type DependenciesOf } from "./cycles.js";
import { ticketFaults } from "./faults.js";
import { isFinal } from "./legality.js";
import { printable } from "./printable.js";
import type { Ticket, TicketId } from "./ticket.js";
import type { DoctorFinding, DoctorReport, TicketsPorts } from "./tickets.js";
import { blockingReasons, createTicketWorld, type TicketWorld } from "./workable.js";

/** Looks for what is wrong with the tickets and the store. Only reads. */
export async function examineTickets({ backend, types }: TicketsPorts): Promise<DoctorReport> {
  const { tickets: records, problems } = await backend.list();
  const unreadable = problems.flatMap((problem) => problem.id ?? []);
  const world = createTicketWorld(types, records, unreadable);
  const tickets = records.map((record) => record.ticket);
  const found = (await backend.diagnose?.()) ?? [];
  const findings = [
    ...withoutRepeats([...problems, ...found]).map(problemFinding),
    ...tickets.flatMap((ticket) => [
      ...ticketFaults(ticket, types).map(({ error }) => ({
        severity: "error" as const,
        code: error.code,
        id: ticket.id,
        message: error.message,
        ...(error.hint !== undefined && { hint: error.hint }),
      })),
      ...dependencyFindings(ticket, world),
      ...linkFindings(ticket, world),
    ]),
    ...cycleFindings(tickets, "DEPENDENCY_CYCLE", (id) => world.record(id)?.ticket.dependsOn ?? []),
    ...cycleFindings(tickets, "PARENT_CYCLE", (id) => parentsOf(world.record(id)?.ticket)),
  ];
  return { findings };
}

type Problem = Parameters<typeof problemFinding>[0];

function problemFinding(problem: {
  readonly code: string;
  readonly id?: TicketId | undefined;
  readonly path: string;
  readonly line?: number | undefined;
  readonly message: string;
}): DoctorFinding {
  const place = problem.line === undefined ? problem.path : `${problem.path}:${problem.line}`;
  return {
    severity: problem.code === "FILE_FOREIGN" ? "warning" : "error",
    code: problem.code,
    ...(problem.id !== undefined && { id: problem.id }),
    path: printable(problem.path),
    ...(problem.line !== undefined && { line: problem.line }),
    message: problem.message.includes(problem.path) ? problem.message : `${place}: ${problem.message}`,
  };
}

function withoutRepeats(problems: readonly Problem[]): readonly Problem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}

function dependencyFindings(ticket: Ticket, world: TicketWorld): readonly DoctorFinding[] {
  // What a ticket waited for is of no interest once it is over.
  if (isFinal(world.types, ticket)) return [];
  return blockingReasons(ticket, world).flatMap((reason): readonly DoctorFinding[] => {
    if (reason.kind === "missing" || reason.kind === "unreadable") {
      const what = reason.kind === "missing" ? "does not exist" : "cannot be read";
      return [
        {
          severity: "error",
          code: "DEPENDENCY_MISSING",
          id: ticket.id,
          message: `${ticket.id} depends on ${printable(reason.id)}, which ${what}`,
          hint: "Remove the dependency, or bring the ticket back: until then it blocks.",
        },
      ];
    }
    if (reason.kind !== "undelivered") return [];
    return [
      {
        severity: "warning",
        code: "DEPENDENCY_UNDELIVERED",
        id: ticket.id,
        message: `${ticket.id} depends on ${reason.id}, which is ${printable(reason.state)} and will deliver nothing`,
        hint: "Remove the dependency if it is no longer needed.",
      },
    ];
  });
}

function linkFindings(ticket: Ticket, world: TicketWorld): readonly DoctorFinding[] {
  const links = [
    ...(ticket.parent === undefined ? [] : [["PARENT_MISSING", "parent", ticket.parent] as const]),
    ...ticket.blocks.map((id) => ["BLOCKS_MISSING", "blocked ticket", id] as const),
  ];
  return links
    .filter(([, , id]) => world.record(id) === undefined && !world.isUnreadable(id))
    .map(([code, role, id]) => ({
      severity: "warning",
      code,
      id: ticket.id,
      message: `${ticket.id} names ${printable(id)} as its ${role}, which does not exist`,
    }));
}

function parentsOf(ticket: Pick<Ticket, "parent"> | undefined): readonly TicketId[] {
  return ticket?.parent === undefined ? [] : [ticket.parent];
}

/** Each group of tickets that wait for one another is named once, by the cycle through its smallest id. */
function cycleFindings(
  tickets: readonly Ticket[],
  code: string,
  linksOf: DependenciesOf,
): readonly DoctorFinding[] {
  const groups = cyclicGroups(
    tickets.map((ticket) => ticket.id),
    linksOf,
  );
  return groups.flatMap((group): readonly DoctorFinding[] => {
    const id = group.toSorted()[0] ?? "";
    // A ticket that names itself is a fault of that ticket, found above.
    const path = group.length > 1 ? cycleThrough(id, linksOf) : undefined;
    if (path === undefined) return [];
    return [
      {
        severity: "error",
        code,
        id,
        message: `These tickets wait for one another: ${path.join(" → ")}`,
        hint: "Remove one of these links.",
      },
    ];
  });
}
