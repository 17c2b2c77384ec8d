/** Data of each code of an error table; messages are free to change, codes and data are not. */
export type ErrorTable = Readonly<Record<string, object>>;

/**
 * An error that a caller may handle. `code` is stable, the message is for people, `hint` says the next step.
 * Each package has one subclass, its table, and one `is…` that tests a `Symbol.for` marker (true across copies of the package).
 */
export abstract class CodedError<
  Table,
  Code extends keyof Table & string = keyof Table & string,
> extends Error {
  readonly code: Code;
  readonly data: Table[Code];
  readonly hint: string | undefined;

  constructor(
    code: Code,
    message: string,
    data: Table[Code],
    extra: { hint?: string; cause?: unknown } = {},
  ) {
    super(message, extra.cause === undefined ? undefined : { cause: extra.cause });
    this.code = code;
    this.data = data;
    this.hint = extra.hint;
  }
}

/** Does `value` carry the marker (a `Symbol.for` symbol set to `true`)? */
export function hasMarker(value: unknown, marker: symbol): boolean {
  return typeof value === "object" && value !== null && (value as Record<symbol, unknown>)[marker] === true;
}
