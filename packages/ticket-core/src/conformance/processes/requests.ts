/** What the kit asks of a process that has opened the store elsewhere; one line of JSON each, answered in turn by one or more lines. */
export type OtherRequest =
  | { readonly call: "commit" | "read" | "list" | "outcome"; readonly argument: unknown }
  /** Adds one to `fields.count` of the ticket, `times` times, each by compare-and-swap; says `{ "counted": n }` after each. */
  | { readonly call: "count"; readonly argument: { readonly id: string; readonly times: number } }
  /** Gives the tickets one word after the other, see `writeWords`. */
  | { readonly call: "words"; readonly argument: readonly string[] };

/** An answer: one of these per line. `counted` comes before the last line of its request. */
export interface OtherAnswer {
  readonly value?: unknown;
  readonly error?: { readonly code?: string; readonly message: string; readonly data?: unknown };
  readonly counted?: number;
}

/** What the program is started with, as its last argument. */
export interface OtherOrder {
  readonly module: string;
  readonly exported: string;
  readonly options: unknown;
}
