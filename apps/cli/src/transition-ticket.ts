import type { TransitionOutcome } from "@wiggum/control-plane";
import { CommandError } from "./command-error.js";
import type { Context } from "./context.js";
import { explain, failedWith } from "./failure.js";
import { writtenTicket } from "./ticket-data.js";

export interface TransitionFlags {
  readonly noHooks?: boolean | undefined;
  readonly operationId?: string | undefined;
  readonly claimFor?: string | undefined;
}

/** The guarded way to another state, told in the words of the original. Returns the JSON data of the command. */
export async function transitionTicket(
  context: Context,
  typedId: string,
  to: string,
  flags: TransitionFlags,
  said: (outcome: TransitionOutcome) => string = ({ record, from, to: reached }) =>
    `Transitioned ${record.ticket.id}: ${from} -> ${reached}`,
) {
  const project = await context.project();
  const { noHooks, operationId, claimFor } = flags;
  const outcome = await project
    .transition(typedId, to, { noHooks, operationId, claimFor })
    .catch((error: unknown) => {
      throw failedWith(error, "MERGE_CONFLICT") ? handInConflict(error, to) : error;
    });
  const { record, from, already, merge } = outcome;
  if (already) context.messages.info(`This operation had been done before: ${outcome.operationId}`);
  if (merge?.status === "merged") context.messages.info(`Merged the work into feature/${record.ticket.id}`);
  context.messages.ok(said(outcome));
  return {
    ...writtenTicket(record),
    from,
    to: outcome.to,
    epoch: record.fence.epoch,
    operationId: outcome.operationId,
    already,
    merge: merge ?? null,
  };
}

function handInConflict(error: unknown, to: string): CommandError {
  const { message, details, hint, data } = explain(error);
  return new CommandError(
    "MERGE_CONFLICT",
    `Cannot transition to ${to}: merge conflicts must be resolved first`,
    {
      details: [message, ...details],
      hint,
      data: data as Readonly<Record<string, unknown>>,
      cause: error,
    },
  );
}
