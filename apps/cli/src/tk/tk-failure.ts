/** What ends a command of `tk` with exit 1: the lines it prints, as its contract words them. */
export class TkFailure extends Error {
  override readonly name = "TkFailure";
  readonly lines: readonly string[];

  constructor(lines: readonly string[], options?: { readonly cause?: unknown }) {
    super(lines[0], options);
    this.lines = lines;
  }
}

/** `Error: <message>`, and below it what else there is to say, the next step for example. */
export function tkError(message: string, ...more: readonly string[]): TkFailure {
  return new TkFailure([`Error: ${message}`, ...more]);
}

/** The usage of a command that was given too few words. */
export function tkUsage(...lines: readonly string[]): TkFailure {
  return new TkFailure(lines);
}
