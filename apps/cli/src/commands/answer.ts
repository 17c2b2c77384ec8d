import { answerAgent, answerTicket, whoWaits } from "../answers.js";
import { defineCommand } from "../command.js";
import { usageError } from "../command-error.js";
import type { Context } from "../context.js";
import { oneLine, switchFlag, textArgument, wordsWithText } from "../parameters.js";
import { optionalText } from "../read-text.js";

interface Flags {
  readonly allow?: boolean;
  readonly deny?: boolean;
}

const targetArgument = {
  placeholder: "target",
  brief: "Who waits, as 'wiggum inbox' names it: an agent or a ticket",
  parse: oneLine("<target>"),
} as const;

export default defineCommand({
  examples: [
    'wiggum answer worker-0 "The blue one"',
    "wiggum answer worker-0 --allow",
    'wiggum answer worker-0 --deny "Use the library that is there"',
    'wiggum answer tk-5c46 "The red one"',
  ],
  details: [
    "An agent that asks a question gets the words as the answer to it; one that asks for a permission is told yes or no with --allow or --deny, for this once. Words alone never allow anything, and no agent gives a permission. An agent that stopped gets the words as a message; a dialog in a pane is answered by keys there (wiggum attach).",
    "Of a ticket that a person must act on, the answer becomes a comment, and the ticket goes on: where its type has an edge 'resolve' from the state that it waits in, it takes that. An agent that still works on it is told. Where an agent of the ticket asks, that is answered.",
    "[ok] is said when the agent's session has taken the answer. One that it cannot be given now is kept, shown by 'wiggum inbox', and tried again by the next command and by 'wiggum run'; 'wiggum ping <agent> --drop' forgets it. The answer stands on the ticket in any case.",
  ],
  ...wordsWithText([targetArgument], textArgument("answer", "What to say; - reads standard input"), 0, {
    allow: switchFlag("Permit what it asks for, this once"),
    deny: switchFlag("Refuse it; the words say why"),
  }),
  async run(context: Context, { allow, deny }: Flags, ...inputs: readonly string[]) {
    const [typed = "", ...words] = inputs;
    if (allow === true && deny === true) throw usageError("--allow and --deny exclude each other");
    const text = await optionalText(context, words);
    const said = {
      ...(text === undefined || text.trim() === "" ? {} : { text }),
      ...(allow === true ? { allow: true } : deny === true ? { allow: false } : {}),
    };
    const project = await context.project();
    const target = await whoWaits(project, typed);
    const data =
      target.kind === "agent"
        ? await answerAgent(context, target.agent, said)
        : await answerTicket(context, target.ticketId, said);
    return { data };
  },
});
