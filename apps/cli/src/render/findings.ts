import { indent } from "../messages.js";
import { printable } from "../printable.js";

export interface ShownFinding {
  readonly severity: "error" | "warning" | "note";
  readonly code: string;
  readonly area?: string | undefined;
  readonly id?: string | undefined;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly plan?: string | undefined;
}

/** A finding of a doctor: what, then the next step, then what `--fix` would do. */
export function findingLines(finding: ShownFinding): string {
  const { severity, code, area, id, message, hint, plan } = finding;
  const [sentence = "", ...more] = message.split("\n");
  const where = [area, id].filter((part) => part !== undefined).join(" ");
  const lines = [
    `${severity === "warning" ? "warn" : severity}   `.slice(0, 6) +
      `${where === "" ? "" : `${where}: `}${sentence} (${code})`,
    ...more.map((line) => indent + line),
    ...(hint === undefined ? [] : [`${indent}next: ${hint}`]),
    ...(plan === undefined ? [] : [`${indent}fix: ${plan}`]),
  ];
  return lines.map((line) => `${printable(line)}\n`).join("");
}
