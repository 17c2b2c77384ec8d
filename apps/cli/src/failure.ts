import { CommandError } from "./command-error.js";
import { type ExitCode, exitCodeOf, type FailureCode } from "./exit-codes.js";
import { retell } from "./retell.js";
import { storageFailure } from "./storage-failure.js";

/** A failure as it is shown: to people as a sentence, lines below it and the next step; to programs as code and data. */
export interface Failure {
  readonly code: FailureCode;
  readonly exitCode: ExitCode;
  readonly message: string;
  readonly details: readonly string[];
  /** The next step. */
  readonly hint: string;
  readonly data: unknown;
  /** Only of a bug: where it happened. */
  readonly stack?: string | undefined;
}

/** What all error classes of our packages have in common. */
interface Coded extends Error {
  readonly code: FailureCode;
  readonly data: object;
  readonly hint?: string | undefined;
}

/**
 * Whatever a command threw, as a failure with its exit number. Known by shape, not by class: the error classes stand in packages that a
 * failing command has loaded anyway and that `--help` should not load.
 */
export function explain(error: unknown): Failure {
  if (error instanceof CommandError) {
    const { code, message, details, data } = error;
    return {
      code,
      exitCode: exitCodeOf[code],
      message,
      details,
      hint: error.hint ?? defaultHint(code),
      data,
    };
  }
  const ofStorage = storageFailure(error, isCoded(error) ? error.code : undefined);
  if (ofStorage !== undefined) return ofStorage;
  if (isCoded(error)) return explainCoded(error);
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === "string") {
    const { path, code } = error as NodeJS.ErrnoException;
    return unexpected(message, "Check the path, its permissions and the free space, then try again.", {
      systemCode: code,
      path,
    });
  }
  const stack = error instanceof Error ? error.stack : undefined;
  return {
    ...unexpected(
      `Unexpected failure: ${message}`,
      "This is a defect of wiggum: please report it with what --verbose shows.",
    ),
    stack,
  };
}

function defaultHint(code: FailureCode): string {
  if (exitCodeOf[code] === 2) return "Correct the value, then type the command again.";
  if (exitCodeOf[code] === 12) return "Nothing was changed. Try again in a moment.";
  return "'wiggum doctor' looks for what is wrong.";
}

function explainCoded(error: Coded): Failure {
  const [sentence = "", ...rest] = error.message.split("\n");
  const told = retell(error.code, error.data, error.message);
  return {
    code: error.code,
    exitCode: exitCodeOf[error.code],
    message: told.message ?? sentence,
    details: told.details ?? rest,
    hint: told.hint ?? error.hint ?? defaultHint(error.code),
    data: error.data,
  };
}

function unexpected(message: string, hint: string, data: object = {}): Failure {
  const [sentence = "", ...details] = message.split("\n");
  return {
    code: "UNEXPECTED",
    exitCode: exitCodeOf.UNEXPECTED,
    message: sentence,
    details,
    hint,
    data,
  };
}

function isCoded(error: unknown): error is Coded {
  if (!(error instanceof Error)) return false;
  const { code, data } = error as Partial<Coded>;
  return typeof code === "string" && Object.hasOwn(exitCodeOf, code) && typeof data === "object";
}

/** Did the command fail with this code? */
export function failedWith<Code extends FailureCode>(error: unknown, code: Code): error is Coded {
  return isCoded(error) && error.code === code;
}
