import { entryCommand } from "../../entry-command.js";

export default entryCommand("comment", [
  'wiggum ticket comment tk-5c46 worker-0 "Waiting for the new schema"',
  "git log --oneline -3 | wiggum ticket comment tk-5c46 worker-0 --stdin",
]);
