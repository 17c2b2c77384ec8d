import type { Source } from "./create-context.js";
import type { Failure } from "./failure.js";
import { printableJson } from "./printable.js";

/** Version of the envelope and of the shapes in it. A member may be added; one that is taken away or changes its meaning raises this. */
export const schemaVersion = 1;

/** What `--json` prints on standard output when a command succeeded: one line. */
export function successEnvelope(command: string, source: Source, data: unknown): string {
  return `${printableJson({ schemaVersion, command, ...source, data: data ?? null })}\n`;
}

/** What `--json` prints on standard output when a command failed; the same is told to people on standard error. */
export function failureEnvelope(command: string, failure: Failure): string {
  const { code, exitCode, message, details, hint, data } = failure;
  const error = { code, exitCode, message, details, hint, data: data ?? null };
  return `${printableJson({ schemaVersion, command, error })}\n`;
}
