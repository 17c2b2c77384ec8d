// What is wrong with one ticket value, whatever was there before. The judge, `create` and `doctor` ask here.
import { TicketError } from "./errors.js";
import { isTicketId } from "./ids.js";
import { findState, findType, unknownState, unknownType } from "./legality.js";
import { printable } from "./printable.js";
import type { FieldValue, Ticket } from "./ticket.js";
import type { TicketField, TicketTypes } from "./ticket-type.js";

/** Longest title in characters. */
export const maxTitleLength = 500;

/** Something wrong with one field: a member of `Ticket`, or `fields.<name>`. */
export interface TicketFault {
  readonly field: string;
  readonly error: TicketError;
}

/** Everything that is wrong with this value; empty = it may be stored. */
export function ticketFaults(ticket: Ticket, types: TicketTypes): readonly TicketFault[] {
  const faults: TicketFault[] = [];
  const invalid = (field: string, problem: string) => {
    const message = `${printable(String(ticket.id))}: ${field} ${problem}`;
    faults.push({
      field,
      error: new TicketError("TICKET_INVALID", message, { id: ticket.id, field }),
    });
  };
  checkIds(ticket, invalid, faults);
  checkPlainValues(ticket, invalid);
  const type = findType(types, ticket.type);
  if (type === undefined) faults.push({ field: "type", error: unknownType(types, ticket.type) });
  else if (findState(type, ticket.state) === undefined) {
    faults.push({ field: "state", error: unknownState(type, ticket.state, ticket.id) });
  }
  for (const field of type?.fields ?? []) {
    const problem = fieldProblem(field, fieldOf(ticket, field.name));
    if (problem !== undefined) invalid(`fields.${field.name}`, problem);
  }
  return faults;
}

/** The value that a fault is about: a member of the ticket, or one of its `fields`. */
export function faultyValue(ticket: Ticket, field: string): unknown {
  if (field.startsWith("fields.")) return fieldOf(ticket, field.slice("fields.".length));
  return ticket[field as keyof Ticket];
}

type Report = (field: string, problem: string) => void;

function checkIds(ticket: Ticket, invalid: Report, faults: TicketFault[]): void {
  if (!isTicketId(ticket.id)) {
    const shown = printable(String(ticket.id).slice(0, 200));
    faults.push({
      field: "id",
      error: new TicketError("ID_INVALID", `Not a ticket id: '${shown}'`, { id: String(ticket.id) }),
    });
  }
  if (ticket.parent !== undefined && !isTicketId(ticket.parent)) invalid("parent", "is no ticket id");
  if (ticket.parent === ticket.id) invalid("parent", "is the ticket itself");
  if (!ticket.dependsOn.every(isTicketId)) invalid("dependsOn", "holds something that is no ticket id");
  if (!ticket.blocks.every(isTicketId)) invalid("blocks", "holds something that is no ticket id");
  if (ticket.dependsOn.includes(ticket.id)) {
    const path = [ticket.id, ticket.id];
    faults.push({
      field: "dependsOn",
      error: new TicketError("DEPENDENCY_CYCLE", `${ticket.id} cannot depend on itself`, { path }),
    });
  }
}

function checkPlainValues(ticket: Ticket, invalid: Report): void {
  const { title, priority, leaseEpoch, assignedAgentId, actionRequired } = ticket;
  if (title.trim() === "") invalid("title", "is empty");
  else if (title !== printable(title)) invalid("title", "is not one line of text without control characters");
  else if (title.length > maxTitleLength) invalid("title", `is longer than ${maxTitleLength} characters`);
  if (!Number.isInteger(priority) || priority < 0 || priority > 4) {
    invalid("priority", "is not a whole number from 0 (highest) to 4");
  }
  if (!Number.isSafeInteger(leaseEpoch) || leaseEpoch < 0)
    invalid("leaseEpoch", "is not a whole number from 0");
  if (assignedAgentId !== undefined && !isLine(assignedAgentId))
    invalid("assignedAgentId", "is not one word or line");
  for (const field of ["labels", "riskFlags"] as const) {
    if (!ticket[field].every(isLine)) invalid(field, "holds something that is not one line of text");
  }
  if (actionRequired !== undefined && !isLine(actionRequired.reason)) {
    invalid("actionRequired", "has no reason, or one of several lines");
  }
  if (!ticket.references.every((reference) => isLine(reference.target) && /^[^\s:]+$/.test(reference.kind))) {
    invalid("references", "holds one whose kind is no word or whose target is not one line");
  }
}

function isLine(text: string): boolean {
  return text.trim() !== "" && text === printable(text);
}

function fieldOf(ticket: Ticket, name: string): FieldValue | undefined {
  return Object.hasOwn(ticket.fields, name) ? ticket.fields[name] : undefined;
}

function fieldProblem(field: TicketField, value: FieldValue | undefined): string | undefined {
  if (value === undefined || value === null || value === "") {
    return field.required ? "is required" : undefined;
  }
  if (!isOfKind(field.kind, value)) return `is not a ${field.kind === "ticket" ? "ticket id" : field.kind}`;
  if (field.values === undefined) return undefined;
  const allowed = field.values.map((choice) => JSON.stringify(choice));
  const chosen: readonly FieldValue[] = isList(value) ? value : [value];
  if (chosen.every((item) => allowed.includes(JSON.stringify(item)))) return undefined;
  return `is not one of ${allowed.join(", ")}`;
}

function isOfKind(kind: TicketField["kind"], value: FieldValue): boolean {
  if (kind === "list") return isList(value);
  if (kind === "ticket") return isTicketId(value);
  if (kind === "number") return typeof value === "number" && Number.isFinite(value);
  return typeof value === kind;
}

function isList(value: FieldValue): value is readonly FieldValue[] {
  return Array.isArray(value);
}
