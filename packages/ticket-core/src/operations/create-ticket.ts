import { newBody } from "../body.js";
import { requireDeclaredFields } from "../declared-fields.js";
import { isTicketError, TicketError } from "../errors.js";
import { drawTicketId, idDigits } from "../ids.js";
import { typeNamed } from "../legality.js";
import { withParsers } from "../parser-port.js";
import type { FieldValue, Ticket, TicketId, TicketRecord, Timestamp } from "../ticket.js";
import { timestampOf } from "../ticket-changes.js";
import type { TicketType } from "../ticket-type.js";
import type { NewTicket, TicketsPorts, WriteContext } from "../tickets.js";
import { once, submit, writtenRecord } from "./commit-once.js";
import { checkNewDependencies } from "./dependency-check.js";
import { findId, takenIds } from "./find-ticket.js";

/** Draws before longer ids are drawn, and before we give up. */
const drawsPerLength = 8;
const mostDraws = 100;

/** Makes a ticket, its dependencies included, in one commit. The id is drawn until one is free: nothing is ever overwritten. */
export async function createTicket(
  ports: TicketsPorts,
  input: NewTicket,
  context: WriteContext,
): Promise<TicketRecord> {
  const { backend } = ports;
  const resolve = (texts: readonly string[] = []) =>
    Promise.all(texts.map((text) => findId(backend, text, "write")));
  return once(ports, context, async (context) => {
    const [dependsOn, blocks, [parent]] = await Promise.all([
      resolve(input.dependsOn),
      resolve(input.blocks),
      resolve(input.parent === undefined ? [] : [input.parent]),
    ]);
    const at = timestampOf(ports.now());
    const draft = await withParsers(() => newTicket(ports, input, context.actor.id, at));
    const ticket = { ...draft, dependsOn: asSet(dependsOn), blocks: asSet(blocks), parent };
    const fewest = Math.max(idDigits((await takenIds(backend)).length), ports.fewestIdDigits ?? 0);
    return drawUntilFree(fewest, (digits) =>
      commitNew(ports, { ...ticket, id: drawTicketId(ports.random, digits) }, at, context),
    );
  });
}

/** Tries with new ids until one is free; longer ones when short ones are taken again and again. */
async function drawUntilFree(
  fewestDigits: number,
  make: (digits: number) => Promise<TicketRecord>,
): Promise<TicketRecord> {
  for (let draw = 1; ; draw += 1) {
    try {
      return await make(fewestDigits + 2 * Math.floor(draw / drawsPerLength));
    } catch (error) {
      // The id is taken, somebody depends on the id that we drew, or a dependency changed meanwhile.
      const isPassing = isTicketError(error, "TICKET_CONFLICT") || isTicketError(error, "DEPENDENCY_CYCLE");
      if (!isPassing || draw >= mostDraws) throw withoutId(error);
    }
  }
}

/** The drawn id belongs to nobody: a person who reads it would look for a ticket that never existed. */
function withoutId(error: unknown): unknown {
  if (!isTicketError(error, "TICKET_INVALID")) return error;
  const { id, ...data } = error.data;
  if (id === undefined || !error.message.startsWith(`${id}: `)) return error;
  const message = `The new ticket: ${error.message.slice(id.length + 2)}`;
  const { hint } = error;
  return new TicketError("TICKET_INVALID", message, data, {
    ...(hint === undefined ? {} : { hint }),
    cause: error,
  });
}

async function commitNew(
  ports: TicketsPorts,
  next: Ticket,
  at: Timestamp,
  context: Parameters<typeof submit>[1],
): Promise<TicketRecord> {
  const requires = await checkNewDependencies(ports.backend, undefined, next);
  const receipt = await submit(ports, context, {
    at,
    subject: `Create ticket: ${next.id}`,
    changes: [{ id: next.id, expected: null, next }],
    requires,
    override: context.override,
  });
  return writtenRecord(receipt, next.id);
}

/** The ticket that this input describes, without id and without links to others. */
async function newTicket(
  { types }: TicketsPorts,
  input: NewTicket,
  createdBy: string,
  at: Timestamp,
): Promise<Omit<Ticket, "parent">> {
  const type = typeNamed(types, input.type ?? types.defaultType);
  return {
    id: "",
    type: type.name,
    priority: input.priority ?? 2,
    state: type.initial,
    leaseEpoch: 0,
    dependsOn: [],
    blocks: [],
    labels: asSet(input.labels ?? []),
    riskFlags: asSet(input.riskFlags ?? []),
    references: input.references ?? [],
    ...(input.readiness !== undefined && { readiness: input.readiness }),
    ...(input.needsPreflight !== undefined && { needsPreflight: input.needsPreflight }),
    createdAt: at,
    createdBy,
    updatedAt: at,
    title: input.title.trim(),
    preamble: "\n",
    body: newBody({
      ...(input.description !== undefined && { description: input.description }),
      ...(input.acceptanceCriteria !== undefined && { acceptanceCriteria: input.acceptanceCriteria }),
    }),
    fields: fieldsOf(type, input.fields ?? {}),
  };
}

function fieldsOf(type: TicketType, given: Readonly<Record<string, FieldValue>>): Record<string, FieldValue> {
  requireDeclaredFields(type, Object.keys(given));
  const fields = { ...given };
  for (const field of type.fields) {
    if (field.default !== undefined && !Object.hasOwn(fields, field.name)) fields[field.name] = field.default;
  }
  return fields;
}

function asSet(items: readonly TicketId[]): readonly TicketId[] {
  return [...new Set(items)].sort();
}
