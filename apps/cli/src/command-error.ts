import type { FailureCode } from "./exit-codes.js";

/** A failure that the command line itself finds, or one of a library told in the words of a command. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  /** Decides the exit number: one of ours, or the code of the failure that is told anew. */
  readonly code: FailureCode;
  readonly hint: string | undefined;
  /** Lines below the sentence. */
  readonly details: readonly string[];
  readonly data: Readonly<Record<string, unknown>>;

  constructor(
    code: FailureCode,
    message: string,
    extra: {
      readonly hint?: string | undefined;
      readonly details?: readonly string[];
      readonly data?: Readonly<Record<string, unknown>>;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, extra.cause === undefined ? undefined : { cause: extra.cause });
    this.code = code;
    this.hint = extra.hint;
    this.details = extra.details ?? [];
    this.data = extra.data ?? {};
  }
}

/** Bad or missing arguments: exit 2, the usage line is shown below the sentence. */
export function usageError(message: string, hint?: string): CommandError {
  return new CommandError("USAGE", message, { hint });
}
