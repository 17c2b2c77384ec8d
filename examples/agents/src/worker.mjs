import { openOperation, resolveOpenOperation } from "./conflicts.mjs";
import { implement } from "./implement.mjs";
import { git, runTests, say, think, wiggum } from "./run-program.mjs";
import { readTicket } from "./ticket.mjs";

export async function work(id) {
  const ticket = readTicket(id);
  say(`${id}: ${ticket.title}`);
  if ((await openOperation()) !== undefined) await resolveOpenOperation();
  await think();
  await implement(ticket);
  const tests = runTests();
  if (!tests.passed) throw new Error(`tests fail:\n${tests.output.slice(-2000)}`);
  commitAll(ticket.title);
  await think();
  await handIn(id);
}

function commitAll(message) {
  git("add", "--all");
  if (git("diff", "--cached", "--quiet").code === 0) return;
  const commit = git("commit", "-q", "-m", message);
  if (commit.code !== 0) throw new Error(`git commit failed: ${commit.err}`);
}

/** Exit codes of `wiggum` are the whole protocol: each says what to do next. */
async function handIn(id) {
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const answer = wiggum("ticket", "transition", id, "review");
    say(`hand-in: exit ${answer.code}`);
    switch (answer.code) {
      case 0:
        return;
      case 7:
        await rebase(id);
        break;
      case 8:
        readTicket(id);
        break;
      case 9:
      case 12:
        await new Promise((resolve) => setTimeout(resolve, 200 * (attempt + 1)));
        break;
      case 6:
        if (readTicket(id).state !== "in-progress") return;
        throw new Error(`hand-in refused: ${answer.err}`);
      default:
        throw new Error(`hand-in failed with ${answer.code}: ${answer.err}`);
    }
  }
  throw new Error("hand-in did not succeed after 10 attempts");
}

async function rebase(id) {
  const answer = wiggum("rebase", id);
  say(`rebase: exit ${answer.code}`);
  if (answer.code === 7) await resolveOpenOperation();
  else if (answer.code !== 0) throw new Error(`rebase failed with ${answer.code}: ${answer.err}`);
}
