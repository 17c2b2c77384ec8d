/** Commands of `wiggum ticket` that agents and hooks run all the time: they start from a file of their own (see hot.ts). */
export const hotWords = [
  "ready",
  "list",
  "show",
  "blocked",
  "transition",
  "claim",
  "comment",
  "feedback",
] as const;
