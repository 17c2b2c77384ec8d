import { settlingCommand } from "../../settle-hook.js";

export default settlingCommand({
  decision: "retry",
  examples: ["wiggum hook retry 01JD2Q on-draft-done"],
  said: ({ hook, ticketId }) => `${hook} of ${ticketId} will be run again`,
});
