import { checkWorkable, isTicketError, printable, type WriteContext } from "@wiggum/ticket-core";
import { isWorkflowError } from "./errors.js";
import { describeTransition, type TransitionDecision, type TransitionPlan } from "./plan-transition.js";
import {
  decide,
  explainingConflict,
  refusalOfGuards,
  type TransitionPorts,
  type TransitionRequest,
  type TransitionResult,
} from "./run-transition.js";
import { checkFence, findOperation } from "./transition-rivals.js";

/** `done` = this operation was committed before: nothing would be done now. */
export type TransitionPreview =
  | TransitionDecision
  | { readonly status: "done"; readonly result: TransitionResult };

/**
 * What `runTransition` would do, nothing done: the decision, and its lines for `--dry-run`. What it would refuse is refused here with the same
 * error, as far as that can be known without running hooks, which may refuse as well.
 * @throws TICKET_NOT_FOUND TICKET_AMBIGUOUS TICKET_UNREADABLE; TICKET_INVALID the operation was another write
 */
export async function previewTransition(
  ports: TransitionPorts,
  request: TransitionRequest,
): Promise<{ readonly decision: TransitionPreview; readonly lines: readonly string[] }> {
  const id = await ports.tickets.resolve(request.id, "write");
  const { operationId } = request.context;
  const earlier =
    operationId === undefined ? undefined : await findOperation(ports, id, request.to, operationId);
  if (earlier !== undefined) {
    const line = `nothing: the operation ${printable(earlier.operationId)} was done before`;
    return { decision: { status: "done", result: earlier }, lines: [line] };
  }
  const record = await ports.tickets.show(id);
  try {
    await checkFence(ports, record, request);
    const decision = await decide(ports, record, request);
    return decision.status === "refused"
      ? { decision, lines: [] }
      : { decision, lines: await foresee(ports, decision.plan, request.context) };
  } catch (error) {
    if (!isTicketError(error) && !isWorkflowError(error)) throw error;
    return { decision: { status: "refused", error }, lines: [] };
  }
}

/** The plan in words. @throws what would stop it, hooks apart */
async function foresee(
  ports: TransitionPorts,
  plan: TransitionPlan,
  context: WriteContext,
): Promise<readonly string[]> {
  const { ticket } = plan.record;
  const facts = plan.guards.length > 0 || plan.hasMerge ? await ports.handIn.facts(ticket) : undefined;
  const refusal = facts && refusalOfGuards(ports, plan, facts);
  if (refusal !== undefined) throw refusal;
  if (plan.hasMerge) await explainingConflict(plan, async () => ports.handIn.check?.(ticket));
  if (plan.edge.effects.includes("claim")) await checkWorkable(ports.tickets, ticket, context);
  return describeTransition(plan, facts, (hook) => ports.hooks.whyNot?.(hook));
}
