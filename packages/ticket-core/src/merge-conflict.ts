/** Two changes of one field that cannot both stand. */
export interface FieldConflict {
  /** Member of the ticket, key of `fields`, `## <heading>` of a section, or `event <id>`. */
  readonly field: string;
  readonly base: unknown;
  readonly theirs: unknown;
  readonly mine: unknown;
}

export type ReportConflict = (field: string, values: Omit<FieldConflict, "field">) => void;
