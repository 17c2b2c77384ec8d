import { edgeCommand } from "../../edge-command.js";

export default edgeCommand({
  verb: "reopen",
  past: "Reopened",
  text: { placeholder: "reason", brief: "Why, appended to the comments", kind: "comment" },
  examples: ['wiggum ticket reopen tk-5c46 "Happens again on Node 24"'],
  details: "Only where the ticket's type has an edge named 'reopen' from its state.",
});
