import {
  isTicketError,
  printable,
  type Ticket,
  type TicketId,
  type TicketRecord,
  type WriteContext,
} from "@wiggum/ticket-core";
import { isWorkflowError, WorkflowError } from "./errors.js";
import { type Guard, judgeGuards, shippedGuards } from "./guards.js";
import { withHookDepth } from "./hook-depth.js";
import { startOutbox } from "./outbox-drain.js";
import { planTransition, type TransitionDecision, type TransitionPlan } from "./plan-transition.js";
import type { HandInFacts, HandInResult, HookResult, WorkflowPorts } from "./ports.js";
import type { AgentId } from "./runner.js";
import {
  beaten,
  checkFence,
  findOperation,
  isSameUnit,
  lastChangeOf,
  restless,
  restlessHook,
  stateOf,
  writingHook,
} from "./transition-rivals.js";

/** A concurrent comment makes the hooks run again; this often, then the caller is told to try later. */
const maxRounds = 6;

/** What `runTransition` works with. */
export type TransitionPorts = Pick<
  WorkflowPorts,
  "tickets" | "hooks" | "handIn" | "outbox" | "clock" | "newId"
> & {
  /** Guards by name; default the shipped ones. */
  readonly guards?: Readonly<Record<string, Guard>> | undefined;
};

/** Which ticket goes where, on whose behalf. */
export interface TransitionRequest {
  /** Full id, or a unique prefix. */
  readonly id: string;
  readonly to: string;
  /** On whose behalf. Its `operationId` is kept across retries: the same one again answers `already`. */
  readonly context: WriteContext;
  /** Who gets the ticket where the edge claims: state, assignee and epoch are one step. Default: the calling agent, if an agent calls. */
  readonly claimFor?: AgentId | undefined;
  readonly noHooks?: boolean | undefined;
  /** Guards of this caller, beside those of the edge, where work is handed in. */
  readonly extraGuards?: readonly string[] | undefined;
  /** How many hooks deep the caller runs; default 0. */
  readonly depth?: number | undefined;
}

/** A transition that was made, with the ticket after it. */
export interface TransitionResult {
  readonly record: TicketRecord;
  readonly from: string;
  readonly to: string;
  readonly operationId: string;
  /** This operation had been committed before; nothing was done now. */
  readonly already: boolean;
  readonly merge?: HandInResult | undefined;
}

/**
 * Moves a ticket along an edge of its type: guards, before-hooks (bound to the ticket's revision: they run again when it changed meanwhile),
 * merge on hand-in, then one compare-and-swap. After-hooks do not run here: the committed transition is their outbox record.
 * @throws TICKET_NOT_FOUND TICKET_AMBIGUOUS STATE_UNKNOWN TRANSITION_NOT_ALLOWED TICKET_BLOCKED
 * @throws TICKET_FENCED the caller's claim was taken over
 * @throws TICKET_HELD TICKET_CONFLICT another came first, who is named; nothing was written
 * @throws GUARD_REFUSED HOOK_BLOCKED HOOK_WRITES HOOK_TOO_DEEP MERGE_CONFLICT CHECKOUT_OVERLAP nothing was written
 * @throws COMMIT_UNKNOWN ask again with the same operation id
 */
export async function runTransition(
  ports: TransitionPorts,
  request: TransitionRequest,
): Promise<TransitionResult> {
  const id = await ports.tickets.resolve(request.id, "write");
  const given = request.context.operationId;
  const earlier = given === undefined ? undefined : await findOperation(ports, id, request.to, given);
  if (earlier !== undefined) return earlier;
  try {
    return await decideAndMove(ports, id, { ...request, operationId: given ?? ports.newId() });
  } catch (error) {
    // The same operation may have been committed by a twin while this one was being refused.
    const twin =
      given === undefined
        ? undefined
        : await findOperation(ports, id, request.to, given).catch(() => undefined);
    if (twin !== undefined) return twin;
    throw error;
  }
}

type Operation = TransitionRequest & { readonly operationId: string };

async function decideAndMove(
  ports: TransitionPorts,
  id: TicketId,
  request: Operation,
): Promise<TransitionResult> {
  await startOutbox(ports);
  let first: TicketRecord | undefined;
  for (let round = 1; ; round++) {
    const record = await ports.tickets.show(id);
    // First of all: who was taken over is told to stop, not who was faster.
    await checkFence(ports, record, request);
    if (first !== undefined && !isSameUnit(first.ticket, record.ticket)) {
      throw await beaten(ports, first, record, { to: request.to, claimFor: claimantOf(request) });
    }
    first ??= record;
    const decision = await decide(ports, record, request);
    if (decision.status === "refused") throw decision.error;
    const result = await carryOut(ports, decision.plan, request);
    if (result !== undefined) return result;
    const writer = round === 1 ? undefined : await writingHook(ports, decision.plan, request.context);
    if (writer !== undefined) throw restlessHook(id, writer);
    if (round === maxRounds) throw await restless(ports, record, maxRounds);
  }
}

/** The decision, with who set the state that the ticket is in where that matters. */
export async function decide(
  ports: TransitionPorts,
  record: TicketRecord,
  request: TransitionRequest,
): Promise<TransitionDecision> {
  const { to, noHooks, extraGuards, depth, claimFor, context } = request;
  const caller = context.actor.kind === "agent" ? context.actor.id : undefined;
  const { types } = ports.tickets;
  const facts = { record, types, to, claimFor, caller, noHooks, extraGuards, depth };
  const decision = planTransition(facts);
  if (decision.status === "planned" || !isTicketError(decision.error, "TRANSITION_NOT_ALLOWED"))
    return decision;
  const setter = await lastChangeOf(
    ports,
    record.ticket.id,
    (change) => stateOf(change.before) !== stateOf(change.after),
  );
  return planTransition({ ...facts, setBy: setter?.actor.id, setAt: setter?.at });
}

function claimantOf({ claimFor, context }: TransitionRequest): AgentId | undefined {
  return claimFor ?? (context.actor.kind === "agent" ? context.actor.id : undefined);
}

/** One try. Undefined = the ticket changed meanwhile: look again. */
async function carryOut(
  ports: TransitionPorts,
  plan: TransitionPlan,
  request: Operation,
): Promise<TransitionResult | undefined> {
  const { record, edge } = plan;
  const { ticket } = record;
  if (plan.guards.length > 0) {
    const refusal = refusalOfGuards(ports, plan, await ports.handIn.facts(ticket));
    if (refusal !== undefined) throw refusal;
  }
  if (plan.before.length > 0) {
    await runBeforeHooks(ports, plan, request);
    // What the hooks saw must be what is moved.
    if ((await ports.tickets.show(ticket.id)).revision !== record.revision) return undefined;
  }
  const merge = plan.hasMerge ? await explainingConflict(plan, () => ports.handIn.handIn(ticket)) : undefined;
  const { context, operationId } = request;
  try {
    const moved = await ports.tickets.transition(ticket.id, edge.to, {
      ...context,
      operationId,
      isNewOperation: context.operationId === undefined,
      cause: causeOf(request, merge),
      expected: record.revision,
      unguarded: true,
      skipHooks: plan.noHooks || context.skipHooks === true,
      change: (next) => (plan.claimFor === undefined ? next : claimed(next, plan.claimFor, ports)),
    });
    return { record: moved, from: edge.from, to: edge.to, operationId, already: false, merge };
  } catch (error) {
    if (isTicketError(error, "TICKET_CONFLICT")) return undefined;
    throw error;
  }
}

export function refusalOfGuards(
  ports: TransitionPorts,
  plan: TransitionPlan,
  facts: HandInFacts,
): WorkflowError | undefined {
  const { record, edge, guards } = plan;
  return judgeGuards(guards, { ticket: record.ticket, edge, facts }, ports.guards ?? shippedGuards);
}

function claimed(ticket: Ticket, agentId: AgentId, { clock }: TransitionPorts): Ticket {
  return { ...ticket, assignedAgentId: agentId, assignedAt: `${clock.now().toISOString().slice(0, 19)}Z` };
}

/** The history says what was handed in, and how deep in hooks this was. */
function causeOf({ context, depth = 0 }: Operation, merge: HandInResult | undefined): string | undefined {
  const handedIn = merge?.commit === undefined ? undefined : `hand-in of ${merge.commit}`;
  const causes = [context.cause, handedIn].filter((cause) => cause !== undefined && cause !== "");
  return withHookDepth(causes.length > 0 ? causes.join("; ") : undefined, depth);
}

async function runBeforeHooks(
  ports: TransitionPorts,
  plan: TransitionPlan,
  request: Operation,
): Promise<void> {
  const { record, edge } = plan;
  const { actor } = request.context;
  const agentId = actor.kind === "agent" ? actor.id : (request.claimFor ?? record.ticket.assignedAgentId);
  for (const hook of plan.before) {
    const result = await ports.hooks.run({
      name: hook.name,
      phase: "pre",
      ticketId: record.ticket.id,
      from: edge.from,
      to: edge.to,
      agentId,
      timeoutMs: hook.timeoutMs,
      depth: plan.hookDepth,
    });
    const reason = failureOf(result);
    if (reason === undefined) continue;
    const output = "output" in result ? result.output : "";
    throw new WorkflowError(
      "HOOK_BLOCKED",
      `Pre-transition hook '${printable(hook.name)}' failed - transition blocked (${reason})`,
      { hook: hook.name, output, ...(result.status === "failed" && { exitCode: result.exitCode }) },
      { hint: "Nothing was changed. Read what the hook says, mend it, then type it again." },
    );
  }
}

function failureOf(result: HookResult): string | undefined {
  switch (result.status) {
    case "absent":
    case "passed":
      return undefined;
    case "failed":
      return `exit ${result.exitCode}`;
    case "later":
      return "exit 12: try later";
    case "timed-out":
      return `stopped after ${result.afterMs} ms`;
    case "broken":
      return `it cannot be started: ${printable(result.reason)}`;
  }
}

/** A conflict on hand-in says what it keeps from happening. */
export async function explainingConflict<Result>(
  { edge }: TransitionPlan,
  action: () => Promise<Result>,
): Promise<Result> {
  try {
    return await action();
  } catch (error) {
    if (!isWorkflowError(error, "MERGE_CONFLICT")) throw error;
    throw new WorkflowError(
      "MERGE_CONFLICT",
      `Cannot transition to ${edge.to}: merge conflicts must be resolved first. ${error.message}`,
      error.data,
      {
        hint: error.hint ?? "Run 'wiggum rebase' in the agent's worktree, resolve, then type it again.",
        cause: error,
      },
    );
  }
}
