import { edgeCommand } from "../../edge-command.js";

export default edgeCommand({
  verb: "approve",
  past: "Approved",
  text: { placeholder: "message", brief: "What to say with it, appended to the comments", kind: "comment" },
  examples: ["wiggum ticket approve tk-5c46", 'wiggum ticket approve tk-5c46 "Clean and tested"'],
  details: "With the shipped types: review -> qa, and qa -> done.",
});
