import { edgeCommand } from "../../edge-command.js";

export default edgeCommand({
  verb: "reopen",
  past: "Reopened",
  text: { placeholder: "reason", brief: "Why, appended to the comments", kind: "comment" },
  examples: ['wiggum ticket reopen tk-5c46 "Happens again on Node 24"'],
  details:
    "Only where the ticket's type has a transition of that name from its state. The shipped types have none, what is over stays over: 'wiggum help ticket-types' shows how to add one.",
});
