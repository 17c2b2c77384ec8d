// Stores that are known to be bad. A checker that acquits one of them is worth nothing, and the bench that uses it fails.
import { spawn, spawnSync } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { environment } from "./barrier.mjs";
import { makeFaultStore } from "./fault-store.mjs";
import { readJournals } from "./journal.mjs";
import { judgeStore } from "./judge.mjs";

const writer = fileURLToPath(new URL("known-bad-writer.mjs", import.meta.url));

/** Several processes move the branch with isomorphic-git: acknowledged writes are overwritten. Answers what the judge finds. */
export async function judgeIsomorphicWriters({ writers = 4, rounds = 25 } = {}) {
  for (let attempt = 1; ; attempt += 1) {
    // On a busy machine they may come one after the other, and then nothing is wrong.
    const found = await judgeOneRace({ writers, rounds: rounds * attempt });
    if (found.length > 0 || attempt === 3) return found;
  }
}

async function judgeOneRace({ writers, rounds }) {
  const store = await makeFaultStore({ ticketCount: 2 });
  try {
    const journals = [];
    const running = Array.from({ length: writers }, (_, index) => {
      const journal = join(store.folder, `isomorphic-${index}`);
      journals.push(journal);
      const order = { root: store.root, journal, name: `iso-${index}`, tickets: store.tickets, rounds };
      const child = spawn(process.execPath, [writer, JSON.stringify(order)], {
        env: environment,
        stdio: ["pipe", "pipe", "inherit"],
      });
      const ready = new Promise((resolve) => child.stdout.once("data", resolve));
      const ended = new Promise((resolve, reject) => {
        child.once("error", reject);
        child.once("close", resolve);
      });
      return { child, ready, ended };
    });
    await Promise.all(running.map(({ ready, ended }) => Promise.race([ready, ended])));
    for (const { child } of running) child.stdin.end("go\n");
    await Promise.all(running.map(({ ended }) => ended));
    const attempts = [...store.told().attempts, ...readJournals(journals).attempts];
    return judgeOr(store.root, attempts);
  } finally {
    store.remove();
  }
}

/** Two clones edit one ticket and let git merge it line by line: both pushes are taken. Answers what the judge finds. */
export async function judgeUnionMerge() {
  const store = await makeFaultStore({ ticketCount: 1 });
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "wiggum-union-")));
  try {
    const [ticket] = store.tickets;
    const attempts = store.told().attempts;
    const clones = ["ann", "bob"].map((agent) => {
      const clone = join(folder, agent);
      plain(folder, "clone", "-q", store.root, clone);
      appendFileSync(join(clone, ".git", "info", "attributes"), "*.md merge=union\n");
      return { agent, clone };
    });
    for (const { agent, clone } of clones) {
      const file = join(clone, `${ticket}.md`);
      const text = readFileSync(file, "utf8")
        .replace("state: ready", "state: in-progress")
        .replace(/^assigned_agent_id:.*$/m, `assigned_agent_id: ${agent}`)
        .replace(/^assigned_at:.*$/m, "assigned_at: 2026-01-02T03:04:05Z")
        .replace(/^(lease_epoch:.*\n)?updated_at:.*$/m, "lease_epoch: 1\nupdated_at: 2026-01-02T03:04:05Z");
      writeFileSync(file, text);
      const trailers = `Ticket: ${ticket}\nFrom: ready\nTo: in-progress\nEpoch: 1\nOp: claim-${agent}\nActor: ${agent}\nKind: agent\nHost: here`;
      plain(clone, "commit", "-q", "-a", "-m", "Claim", "-m", trailers);
    }
    // Both are told that all went well.
    for (const { agent, clone } of clones) {
      plain(clone, "pull", "-q", "--rebase");
      plain(clone, "push", "-q", "origin", "HEAD:main");
      attempts.push({
        operationId: `claim-${agent}`,
        status: "acknowledged",
        effect: { kind: "claim", ticket, agent },
      });
    }
    return judgeOr(store.root, attempts);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    store.remove();
  }
}

/** A store so broken that git itself gives up on it is condemned, too. */
function judgeOr(store, attempts) {
  try {
    return judgeStore(store, attempts);
  } catch (error) {
    return [`unreadable: ${error.message}`];
  }
}

/** @throws when git refuses: then this store is not as bad as it is to be */
function plain(cwd, ...args) {
  const run = spawnSync("git", ["-c", "user.name=t", "-c", "user.email=t@localhost", ...args], {
    cwd,
    encoding: "utf8",
    env: environment,
  });
  if (run.status !== 0) throw new Error(`git ${args.join(" ")}: ${run.stderr}`);
}
