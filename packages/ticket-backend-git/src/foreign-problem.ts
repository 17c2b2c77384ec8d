import type { TicketProblem } from "@wiggum/ticket-core";
import { shownName } from "./snapshot.js";

/** Something in the store that is no ticket. */
export function foreignProblem(name: string, mode: string): TicketProblem {
  const kinds: Readonly<Record<string, string>> = {
    "120000": "a symbolic link",
    "40000": "a folder",
    "160000": "a sub-module",
  };
  const path = shownName(name);
  return {
    code: "FILE_FOREIGN",
    path,
    message: `${path} is ${kinds[mode] ?? "a file"} that does not belong to the store and is left alone; 'wiggum doctor --fix' takes it out, the history keeps it`,
  };
}
