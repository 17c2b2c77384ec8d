// The race bench: many processes of the built command start at a barrier and write to one store; some are killed.
// Acknowledgements are kept outside the store; afterwards `judge.mjs` replays the history. A bench that did not race is a failure too.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { atBarrier, overlapOf, spanMsOf } from "./barrier.mjs";
import { judgeStore } from "./judge.mjs";
import { judgeView, makeProject, removeWhenQuiet } from "./race-project.mjs";
import { createRandom } from "./random.mjs";

const create = (title) => ({ args: ["ticket", "create", title], effect: { kind: "create", title } });
const claim = (ticket, agent) => ({
  args: ["ticket", "claim", ticket, agent],
  effect: { kind: "claim", ticket, agent },
});
const assign = (ticket, agent) => ({
  args: ["ticket", "assign", ticket, agent],
  effect: { kind: "assign", ticket, agent },
});
const depend = (ticket, on) => ({
  args: ["ticket", "dep", "add", ticket, on],
  effect: { kind: "dependency", ticket, on },
});
const comment = (ticket, author, text) => ({
  args: ["ticket", "comment", ticket, author, text],
  effect: { kind: "comment", ticket, author, text },
});

/** Refusals that a writer may meet here: anything else is a finding. */
const legitimate = new Set([
  "TICKET_HELD",
  "TICKET_CONFLICT",
  "TRANSITION_NOT_ALLOWED",
  "DEPENDENCY_CYCLE",
  "STORE_BUSY",
]);

/**
 * A race that was lost, in the strict sense: the ticket changed between this writer's reading and its commit. TICKET_CONFLICT is answered for
 * nothing else, since no job here names a revision. TICKET_HELD and DEPENDENCY_CYCLE prove nothing: one after the other is refused so, too.
 */
const isLostRace = ({ errorCode }) => errorCode === "TICKET_CONFLICT";

const acknowledged = (outcomes) => outcomes.filter(({ status }) => status === "acknowledged");

async function scenario(name, project, jobs, options, check = () => []) {
  const outcomes = await atBarrier(project, jobs, options);
  const findings = check(outcomes);
  for (const { status, errorCode, args, code, complaint } of outcomes) {
    const isExpected = status === "refused" ? legitimate.has(errorCode) : status !== "unknown";
    if (!isExpected) findings.push(`${args.join(" ")} ended with ${code}: ${complaint}`);
  }
  const count = (wanted) => outcomes.filter(({ status }) => status === wanted).length;
  const killed = count("killed");
  if (options.isDeadly && killed === 0) findings.push("nobody was killed");
  return {
    name,
    outcomes,
    findings,
    overlap: overlapOf(outcomes),
    done: count("acknowledged"),
    refused: count("refused"),
    lost: outcomes.filter(isLostRace).length,
    killed,
  };
}

/** Creates tickets one after the other. @throws when one is not created; `tickets` are their ids, in the order of the titles */
async function fileTickets(project, name, titles) {
  const run = await scenario(name, project, titles.map(create), { random: () => 0, isSequential: true });
  for (const outcome of run.outcomes) {
    if (outcome.status !== "acknowledged") throw new Error(run.findings.join("\n"));
    outcome.effect.ticket = outcome.data.id;
  }
  return { ...run, tickets: run.outcomes.map(({ data }) => data.id) };
}

/**
 * @param sequential every process alone, and none killed: what a bench that races nothing looks like. It must be found wanting.
 * @returns `{ runs, findings, store, cleanUp }`; the `outcomes` of all `runs` are everything that was ever sent to the store, setting it up
 *   included: hand them to `judgeStore`. Whoever calls tells the result, then awaits `cleanUp()`
 */
export async function runRace({ processes = 32, seed = 1, sequential = false } = {}) {
  const { folder, project } = makeProject();
  const cleanUp = () => removeWhenQuiet(folder);
  try {
    return { ...(await raceIn(project, { processes, seed, sequential })), cleanUp };
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

async function raceIn(project, { processes, seed, sequential }) {
  const random = createRandom(`race ${seed}`);
  const numbers = Array.from({ length: processes }, (_, index) => index);
  const half = numbers.slice(0, Math.floor(processes / 2));
  const setUp = await fileTickets(project, "set-up", [
    "one ticket",
    "one ticket, many assignees",
    ...numbers.map((number) => `ticket ${number}`),
    ...half.flatMap((number) => [`left ${number}`, `right ${number}`]),
  ]);
  const [one, shared, ...others] = setUp.tickets;
  const own = others.slice(0, processes);
  const pairs = half.map((number) => others.slice(processes + 2 * number, processes + 2 * number + 2));
  const plain = { random, isSequential: sequential };

  const oneTicket = await scenario(
    "one ticket",
    project,
    numbers.map((number) => claim(one, `worker-${number}`)),
    plain,
    (outcomes) =>
      acknowledged(outcomes).length === 1
        ? []
        : [`${acknowledged(outcomes).length} claims of one ticket were acknowledged`],
  );
  // Kills fall anywhere in the time that as many processes need.
  const deadly = {
    ...plain,
    isDeadly: true,
    killPercent: sequential ? 0 : 40,
    killWithinMs: spanMsOf(oneTicket.outcomes),
  };

  const runs = [
    setUp,
    oneTicket,
    await scenario(
      "one ticket, assigned",
      project,
      numbers.map((number) => assign(shared, `worker-${number}`)),
      plain,
      (outcomes) => (acknowledged(outcomes).length > 0 ? [] : ["everybody lost"]),
    ),
    await scenario(
      "many tickets",
      project,
      own.map((id, number) => claim(id, `worker-${number}`)),
      plain,
      (outcomes) =>
        acknowledged(outcomes).length === processes
          ? []
          : [`only ${acknowledged(outcomes).length} of ${processes} writes to different tickets landed`],
    ),
    await scenario(
      "crossing dependencies",
      project,
      pairs.flatMap(([left, right]) => [depend(left, right), depend(right, left)]),
      plain,
      (outcomes) =>
        pairs.flatMap(([left, right]) => {
          const landed = acknowledged(outcomes).filter(({ effect }) => [left, right].includes(effect.ticket));
          return landed.length === 1
            ? []
            : [`${left} and ${right}: ${landed.length} of two crossing dependencies were acknowledged`];
        }),
    ),
    await scenario(
      "comments and kills",
      project,
      numbers.map((number) => comment(own[number % 4], `worker-${number}`, `text ${number}`)),
      deadly,
    ),
    await scenario(
      "assignments and kills",
      project,
      pairs.flatMap(([left]) => [assign(left, "worker-1"), assign(left, "worker-2")]),
      deadly,
    ),
  ];

  // Nobody has to run git or to wait: whoever comes next works.
  const next = await fileTickets(project, "the next command", ["the next command"]);
  runs.push(
    next,
    await scenario(
      "and the one after it",
      project,
      next.tickets.map((id) => claim(id, "worker-99")),
      plain,
      (outcomes) => (acknowledged(outcomes).length === 1 ? [] : ["a free ticket could not be claimed"]),
    ),
  );

  const store = join(project, ".wiggum", "tickets.git");
  const findings = runs.flatMap((run) => run.findings.map((finding) => `${run.name}: ${finding}`));
  findings.push(
    ...judgeStore(
      store,
      runs.flatMap((run) => run.outcomes),
    ),
  );
  findings.push(...judgeView(project));
  if (runs.every((run) => run.lost === 0)) findings.push("no race was lost: the processes did not meet");
  if (oneTicket.overlap < processes / 2)
    findings.push(`at most ${oneTicket.overlap} of ${processes} processes ran at one moment`);
  return { runs, findings, store };
}

const columns = ["PROCESSES", "OVERLAP", "DONE", "REFUSED", "LOST RACES", "KILLED"];

export function printRace({ runs, findings }) {
  console.log(["SCENARIO".padEnd(23), ...columns].join("  "));
  for (const { name, outcomes, overlap, done, refused, lost, killed } of runs) {
    const numbers = [outcomes.length, overlap, done, refused, lost, killed];
    const cells = numbers.map((number, column) => String(number).padStart(columns[column].length));
    console.log([name.padEnd(23), ...cells].join("  "));
  }
  const kinds = ["lost", "duplicate", "phantom", "unissued", "gone", "foreign", "illegal", "content"];
  const ofKind = (kind) => findings.filter((finding) => finding.startsWith(`${kind}:`)).length;
  const counted = kinds.map((kind) => `${kind} ${ofKind(kind)}`);
  const others = findings.length - kinds.reduce((sum, kind) => sum + ofKind(kind), 0);
  console.log(`${counted.join(", ")}, other findings ${others}`);
  for (const finding of findings) console.log(`  - ${finding}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [rounds = "1", processes = "32"] = process.argv.slice(2);
  for (let round = 1; round <= Number(rounds); round += 1) {
    console.log(`\nround ${round}`);
    const result = await runRace({ processes: Number(processes), seed: round });
    printRace(result);
    if (result.findings.length > 0) process.exitCode = 1;
    await result.cleanUp();
  }
}
