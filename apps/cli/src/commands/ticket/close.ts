import { edgeCommand } from "../../edge-command.js";

export default edgeCommand({
  verb: "close",
  past: "Closed",
  text: { placeholder: "resolution", brief: "Why, appended to the comments", kind: "comment" },
  examples: ["wiggum ticket close tk-5c46", 'wiggum ticket close tk-5c46 "Duplicate of tk-3a1b"'],
  details:
    "A closed ticket delivers nothing: tickets that depend on it stay blocked until the dependency is removed, unless its type says otherwise.",
});
