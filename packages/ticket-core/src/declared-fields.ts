import { TicketError } from "./errors.js";
import { printable } from "./printable.js";
import type { TicketType } from "./ticket-type.js";

/**
 * May fields of these names be given to a ticket of this type? Keys that its file has already, or that a person adds to it by hand, are not
 * asked about: those stay as they are.
 * @throws TICKET_INVALID with the fields that the type declares
 */
export function requireDeclaredFields(type: TicketType, names: Iterable<string>): void {
  const declared = type.fields.map(({ name }) => name);
  for (const name of names) {
    if (declared.includes(name)) continue;
    throw new TicketError(
      "TICKET_INVALID",
      `The type ${printable(type.name)} declares no field '${printable(name)}'`,
      { field: `fields.${name}` },
      {
        hint:
          declared.length === 0
            ? `${printable(type.name)} declares no fields; .wiggum/ticket_types.json is where they are declared.`
            : `Fields of ${printable(type.name)}: ${declared.map(printable).join(", ")}.`,
      },
    );
  }
}
