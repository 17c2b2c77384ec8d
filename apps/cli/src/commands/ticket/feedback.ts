import { entryCommand } from "../../entry-command.js";

export default entryCommand("feedback", [
  'wiggum ticket feedback tk-5c46 reviewer-0 "No test for an expired token"',
  "wiggum ticket feedback tk-5c46 reviewer-0 - < review.md",
]);
