// Failures of the libraries in the words of the command line: the sentence, what belongs below it, the next command to type.
import type { GitErrorData } from "@wiggum/git";
import type { TicketErrorData } from "@wiggum/ticket-core";
import type { WorkflowErrorData } from "@wiggum/workflow";
import type { FailureCode } from "./exit-codes.js";
import { fieldText } from "./render/field-text.js";

/** Only what should be said otherwise than the library says it. */
export interface Retelling {
  readonly message?: string;
  readonly details?: readonly string[];
  readonly hint?: string;
}

/** `message` is the library's own. */
type Retellings<Table> = {
  readonly [Code in keyof Table]?: (data: Table[Code], message: string) => Retelling;
};

const ofTickets: Retellings<TicketErrorData> = {
  TICKET_NOT_FOUND: () => ({ hint: "'wiggum ticket list' shows which tickets there are." }),
  TICKET_CHANGED: ({ id, changes }) => ({
    message: `${id} changed since you saw it: nothing was written`,
    details: changes.map(
      ({ field, before, after, by, at }) =>
        `${field}: ${fieldText(before)} -> ${fieldText(after)} (${by}, ${at})`,
    ),
    hint: "Type the same command again if it still fits.",
  }),
  TICKET_CONFLICT: ({ id, current, by, at }) => ({
    message: `${by === undefined ? "Somebody else" : by.id} wrote ${id} first: nothing was written`,
    details: [
      ...(at === undefined ? [] : [`written at ${at}`]),
      ...(current === undefined
        ? [`${id} does not exist any more`]
        : [`state: ${current.ticket.state}, revision: ${current.revision}`]),
    ],
    hint: `'wiggum ticket show ${id}' shows it as it is now.`,
  }),
  FIELD_CONFLICT: ({ id, conflicts }) => ({
    message: `${id} was changed by somebody else in the same place: nothing was written`,
    details: conflicts.map(
      ({ field, base, theirs, mine }) =>
        `${field}: was ${fieldText(base)}, is now ${fieldText(theirs)}, yours ${fieldText(mine)}`,
    ),
  }),
  TICKET_HELD: ({ id, holder, since, state }) => ({
    message: `${id} is held by ${holder ?? "somebody else"}`,
    details: [`state: ${state}${since === undefined ? "" : `, since ${since}`}`],
    hint: "'wiggum ticket ready' lists tickets that are free.",
  }),
  TICKET_FENCED: ({ id, holder, epoch, current, refused }) => ({
    message:
      refused === undefined
        ? `Your claim on ${id} was taken over${holder === undefined ? "" : ` by ${holder}`}: nothing was written`
        : `Your claim on ${id} was refused by the upstream: nothing was written`,
    details: [refused ?? `your claim: ${epoch ?? "none"}, the claim that holds: ${current}`],
    hint: "Stop working on it. What you committed stays on your branch.",
  }),
  COMMIT_UNKNOWN: ({ operationId }) => ({
    message: "It is not known whether this was written",
    details: [`operation: ${operationId}`],
    hint: `'wiggum ticket outcome ${operationId}' tells; the same command with --operation-id ${operationId} is safe.`,
  }),
  STATE_UNKNOWN: ({ state, valid }) => ({
    message: `Invalid state: ${state}`,
    details: [`Valid states: ${valid.join(", ")}`],
    hint: "Choose one of these.",
  }),
  TRANSITION_NOT_ALLOWED: ({ id, from, to, allowed, setBy, setAt, unsubmitted }) => {
    // The library's own words tell both states.
    if (unsubmitted !== undefined) return {};
    const since =
      setBy === undefined && setAt === undefined
        ? []
        : [`set${setBy === undefined ? "" : ` by ${setBy}`}${setAt === undefined ? "" : ` at ${setAt}`}`];
    return {
      message:
        from === to ? `${id} is in state '${to}' already` : `Cannot transition from '${from}' to '${to}'`,
      details: [
        ...since.map((text) => `'${from}' was ${text}`),
        allowed.length > 0
          ? `Allowed transitions from '${from}': ${allowed.join(", ")}`
          : `Allowed transitions from '${from}': none`,
      ],
      hint:
        allowed[0] === undefined
          ? `'${from}' is a final state; file a new ticket for what is left.`
          : `For example: wiggum ticket transition ${id} ${allowed[0]}`,
    };
  },
  DEPENDENCY_CYCLE: ({ path }) => ({
    message: `This would close a cycle of dependencies: ${path.join(" -> ")}`,
    hint: "Remove one of these dependencies first: wiggum ticket dep remove <id> <on>",
  }),
  STORE_BUSY: () => ({ hint: "Nothing was written. Try again in a moment." }),
  STORE_LOCKED: () => ({
    hint: "Nothing was written. Try again; if it stays locked: wiggum doctor",
  }),
};

const ofWorkflow: Retellings<WorkflowErrorData> = {
  NO_SESSION: () => ({
    message: "Session not found",
    hint: "There is no agent here. Start one: wiggum spawn worker <ticket>",
  }),
  AGENT_NOT_FOUND: ({ agentId }) => ({
    message: `Agent not found in registry: ${agentId}`,
    hint: "'wiggum list' shows the agents.",
  }),
  NO_CAPACITY: ({ used, maxAgents }) => ({
    message: `No capacity: ${used} of ${maxAgents} agents are working`,
    hint: "Try again when one has finished (wiggum list), or go over the limit with --force.",
  }),
  AGENT_LIVE: ({ agentId, role, ticketId, processes }) =>
    processes === undefined
      ? {
          message: `${agentId} is the ${role}${ticketId === undefined ? "" : ` of ${ticketId}`} already`,
          hint: `See what it does: wiggum logs ${agentId}. End it: wiggum kill ${agentId}`,
        }
      : {},
  ROLE_NEEDS_TICKET: ({ role }) => ({
    message: `Ticket ID required for role: ${role}`,
    hint: `wiggum spawn ${role} <ticket>; free tickets: wiggum ticket ready`,
  }),
  TICKET_NOT_WORKABLE: ({ reasons }) => ({ details: reasons }),
  MERGE_CONFLICT: ({ source, target, files }) => ({
    message: `Merge conflict detected! ${source} does not merge into ${target}: nothing was changed`,
    details: files.map((file) => `conflict: ${file}`),
  }),
  CHECKOUT_OVERLAP: ({ worktree, files }) => overlap(worktree, files),
  HOOK_BLOCKED: ({ hook, output, exitCode }, message) => ({
    message: `Pre-transition hook '${hook}' failed - transition blocked`,
    details: [
      `Hook failed: ${hook} (${exitCode === undefined ? (/\(([^()]*)\)$/.exec(message)?.[1] ?? "no exit code") : `exit ${exitCode}`})`,
      ...lastLines(output),
    ],
    hint: "Nothing was changed. Put right what the hook names, or go past it with --no-hooks.",
  }),
  TYPES_INVALID: ({ problems }, message) => problemList(problems, message),
  SETTINGS_INVALID: ({ problems }, message) =>
    problems.length < 2
      ? {}
      : { message: `${problems.length} settings cannot be used`, details: message.split("\n") },
  AGENT_SURVIVES: ({ survivors }) => ({
    details: survivors.map(({ pid, command }) => `still running: ${pid} ${command}`),
  }),
  BRANCH_MISSING: ({ branch }) =>
    branch.startsWith("feature/") ? { message: `Feature branch not found: ${branch}` } : {},
  CHECKS_FAILED: ({ command, exitCode, output }) => programFailed(command, exitCode, output),
  SETUP_FAILED: ({ command, exitCode, output }) => programFailed(command, exitCode, output),
  // Its own bound holds: the whole of what it gave is its answer, as far as it got.
  TOOL_FAILED: ({ output }) => ({ details: output.trimEnd() === "" ? [] : output.trimEnd().split("\n") }),
  WORKTREE_UNSAFE: ({ reasons }) => ({ details: reasons }),
  RESTORE_BLOCKED: ({ files }) => ({ details: files.map((file) => `in the way: ${file}`) }),
  SALVAGE_NOT_FOUND: ({ candidates }) => ({ details: candidates.map((name) => `there is: ${name}`) }),
};

const ofGit: Retellings<GitErrorData> = {
  GIT_FAILED: ({ args, exitCode, stderr }) => ({
    details: [`git ${args.join(" ")} (exit ${exitCode})`, ...lastLines(stderr)],
  }),
  CHECKOUT_OVERLAP: ({ worktree, files }) => overlap(worktree, files),
  GIT_MISSING: () => ({ hint: "Install git and make sure that it is on PATH." }),
  REF_LOCKED: () => ({ hint: "Nothing was changed. Try again in a moment." }),
};

/** How the command line tells a failure of that code; empty where the library's own words do. */
export function retell(code: FailureCode, data: object, message = ""): Retelling {
  const all: Readonly<Record<string, ((data: never, message: string) => Retelling) | undefined>> = {
    ...ofGit,
    ...ofWorkflow,
    ...ofTickets,
  };
  return all[code]?.(data as never, message) ?? {};
}

function overlap(worktree: string, files: readonly string[]): Retelling {
  return {
    message: `Local changes in ${worktree} are in the way: nothing was moved`,
    details: files.map((file) => `changed: ${file}`),
    hint: "Commit or stash these files there, then try again.",
  };
}

interface Problem {
  readonly at: string;
  readonly line?: number | undefined;
  readonly message: string;
}

/** All problems, unless the sentence above them tells the only one. */
function problemList(problems: readonly Problem[], message: string): Retelling {
  const [first, ...others] = problems;
  if (others.length === 0 && first !== undefined && message.includes(first.message)) return {};
  const where = ({ line }: Problem) => (line === undefined ? "" : `line ${line}: `);
  return { details: problems.map((problem) => `${where(problem)}${problem.at}: ${problem.message}`) };
}

function programFailed(command: readonly string[], exitCode: number | undefined, output: string): Retelling {
  const end = exitCode === undefined ? "" : ` (exit ${exitCode})`;
  return { details: [`${command.join(" ")}${end}`, ...lastLines(output)] };
}

/** The end of a program's output: the first lines of a long log are rarely the reason. */
function lastLines(output: string, count = 20): readonly string[] {
  const text = output.trimEnd();
  return text === "" ? [] : text.split("\n").slice(-count);
}
