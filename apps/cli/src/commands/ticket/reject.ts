import { edgeCommand } from "../../edge-command.js";

export default edgeCommand({
  verb: "reject",
  past: "Rejected",
  text: { placeholder: "message", brief: "What must be done, appended to the feedback", kind: "feedback" },
  examples: [
    'wiggum ticket reject tk-5c46 "No test for an expired token"',
    "wiggum ticket reject tk-5c46 - < review.md",
  ],
  details:
    "With the shipped types the ticket goes back from review or qa to in-progress, and a hook tells the assigned agent.",
});
