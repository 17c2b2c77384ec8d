import type { Project } from "@wiggum/control-plane";
import type { TicketRecord } from "@wiggum/ticket-core";
import { defineCommand } from "./command.js";
import { CommandError } from "./command-error.js";
import type { Context } from "./context.js";
import {
  lineFlag,
  operationIdFlag,
  switchFlag,
  textArgument,
  ticketArgument,
  wordsWithText,
} from "./parameters.js";
import { optionalText } from "./read-text.js";
import { transitionTicket } from "./transition-ticket.js";
import { writeTicket } from "./write-ticket.js";

interface EdgeCommand {
  /** Name that ticket types give the edge. */
  readonly verb: string;
  readonly past: string;
  /** Name and meaning of the words after the id. */
  readonly text: {
    readonly placeholder: string;
    readonly brief: string;
    readonly kind: "feedback" | "comment";
  };
  readonly examples: readonly [string, ...string[]];
  readonly details: string;
}

interface Flags {
  readonly source?: string;
  readonly noHooks?: boolean;
  readonly operationId?: string;
}

/** `approve`, `reject`, `close`, `reopen`: the edge that the ticket's type names so, from the state that the ticket is in. */
export function edgeCommand({ verb, past, text, examples, details }: EdgeCommand) {
  return defineCommand({
    examples,
    details: [details],
    ...wordsWithText(
      [ticketArgument],
      textArgument(text.placeholder, `${text.brief}; - reads standard input`),
      0,
      {
        source: lineFlag("source", "NAME", "Whose words these are (default: the caller)"),
        noHooks: switchFlag("Run no hooks"),
        operationId: operationIdFlag,
      },
    ),
    async run(context: Context, flags: Flags, ...inputs: readonly string[]) {
      const [typedId = "", ...words] = inputs;
      const project = await context.project();
      const id = await project.tickets.resolve(typedId, "write");
      const { operationId } = flags;
      const reachedBefore = await stateReachedBy(project, id, operationId);
      const to = reachedBefore ?? targetOf(project, await project.tickets.show(id), verb);
      const said = reachedBefore === undefined ? await optionalText(context, words) : undefined;
      if (said !== undefined && said.trim() !== "") {
        const source = flags.source ?? project.caller.actor.id;
        // An id of its own that follows from the given one: sent twice, the words stand there once.
        const operationOfWords = operationId === undefined ? undefined : `${operationId}-words`;
        await writeTicket(context, id, operationOfWords, (_project, _id, write) =>
          project.tickets.addEvent(id, { kind: text.kind, source, text: said }, write),
        );
      }
      const tell = ({ from, to: reached }: { from: string; to: string }) =>
        `${past} ${id}: ${from} -> ${reached}`;
      return { data: await transitionTicket(context, id, to, flags, tell) };
    },
  });
}

/** Where this same operation brought the ticket; undefined where nothing was done by it yet. From there another edge may bear the name. */
async function stateReachedBy(
  { tickets }: Project,
  id: string,
  operationId: string | undefined,
): Promise<string | undefined> {
  if (operationId === undefined) return undefined;
  const outcome = await tickets.backend.outcome(operationId);
  if (outcome.status === "absent") return undefined;
  return outcome.receipt.records.find(({ ticket }) => ticket.id === id)?.ticket.state;
}

function targetOf({ types }: Project, { ticket }: TicketRecord, verb: string): string {
  const leaving = types.types[ticket.type]?.transitions.filter(({ from }) => from === ticket.state) ?? [];
  const edge = leaving.find(({ name }) => name === verb);
  if (edge !== undefined) return edge.to;
  const named = leaving.flatMap(({ name, to }) => (name === undefined ? [] : [`${name} (to ${to})`]));
  throw new CommandError(
    "TRANSITION_NOT_ALLOWED",
    `Nothing to ${verb}: ${ticket.id} is in state '${ticket.state}'`,
    {
      details: [
        named.length > 0
          ? `From there it can: ${named.join(", ")}`
          : "No named transition leaves this state.",
        `Allowed transitions from '${ticket.state}': ${leaving.map(({ to }) => to).join(", ") || "none"}`,
      ],
      hint: `'wiggum ticket history ${ticket.id}' shows how it came there.`,
      data: { id: ticket.id, from: ticket.state, verb, allowed: leaving.map(({ to }) => to) },
    },
  );
}
