// As much of the `wiggum` command as default hooks and the agents of the tests call, straight over openProject().
import { createProcessRunner } from "@wiggum/runner-process";
import { isTicketError } from "@wiggum/ticket-core";
import { isWorkflowError } from "@wiggum/workflow";
import { openProject } from "../open-project.js";

const exitCodes: Readonly<Record<string, number>> = {
  NO_SESSION: 3,
  AGENT_NOT_FOUND: 4,
  TICKET_NOT_FOUND: 5,
  TRANSITION_NOT_ALLOWED: 6,
  MERGE_CONFLICT: 7,
  TICKET_CHANGED: 8,
  AGENT_LIVE: 9,
  TICKET_HELD: 9,
  TICKET_FENCED: 10,
  AGENT_FENCED: 10,
  NO_CAPACITY: 12,
  POOL_PAUSED: 12,
  BUDGET_RESERVED: 12,
};

/** What hooks and drains start is this very program. */
const wiggumCommand = [process.execPath, ...process.execArgv, ...process.argv.slice(1, 2)];

const [verb = "", ...words] = process.argv.slice(2);
const [first = "", second = "", third = ""] = words;
try {
  const project = await openProject(process.cwd(), {
    runner: createProcessRunner(),
    wiggumCommand,
    notify: (line) => console.error(line),
    exitCodes: { EXIT_SESSION_NOT_FOUND: 3, EXIT_PANE_NOT_FOUND: 4, EXIT_HELD: 9, EXIT_TRY_LATER: 12 },
  });
  switch (`${verb} ${verb === "ticket" || verb === "hook" ? first : ""}`.trim()) {
    case "spawn":
      console.log((await project.spawn(first, second)).agentId);
      break;
    case "kill":
      await project.kill(first, { force: words.includes("--force") });
      break;
    case "ping":
      await project.ping(first, second);
      break;
    case "ticket transition":
      await project.transition(second, third);
      break;
    case "ticket comment":
      await project.write(second, (context) =>
        project.tickets.addEvent(second, { kind: "comment", source: third, text: words[3] ?? "" }, context),
      );
      break;
    case "ticket list": {
      const states = (words[2] ?? "").split(",");
      const { tickets } = await project.tickets.list({ states });
      console.log(
        ["ID STATE", "-".repeat(79), ...tickets.map(({ ticket }) => `${ticket.id} ${ticket.state}`)].join(
          "\n",
        ),
      );
      break;
    }
    case "hook drain":
      await project.hooks.drain({ patienceMs: 20_000 });
      break;
    default:
      throw new Error(`small-wiggum does not know ${verb} ${first}`);
  }
  await project.close();
} catch (error) {
  console.error(error);
  process.exitCode = isTicketError(error) || isWorkflowError(error) ? (exitCodes[error.code] ?? 1) : 1;
}
