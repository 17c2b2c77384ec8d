import { settlingCommand } from "../../settle-hook.js";

export default settlingCommand({
  decision: "drop",
  examples: ["wiggum hook drop 01JD2Q on-draft-done"],
  said: ({ hook, ticketId }) => `${hook} of ${ticketId} was given up`,
});
