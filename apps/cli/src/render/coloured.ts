import type { Host, OutputStream } from "../context.js";

/**
 * Whether colours are used there: only on a terminal that has them and whose person wants them. Nothing else switches them on, not even `FORCE_COLOR`, which
 * tools set for all that they start: scripts read the prefixes and the columns.
 */
export function isColoured(stream: OutputStream, environment: Host["environment"]): boolean {
  return stream.isTerminal && !environment["NO_COLOR"] && environment["TERM"] !== "dumb";
}
