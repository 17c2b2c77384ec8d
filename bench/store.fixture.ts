// A ticket store made by hand with plain git, one commit after the other, for a judge to look at.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { environment } from "./barrier.mjs";
import { judgeStore } from "./judge.mjs";

export interface Attempt {
  readonly operationId: string;
  readonly status: string;
  readonly effect?: object;
}

export interface HandMadeStore {
  readonly folder: string;
  git(...args: string[]): string;
  path(name: string): string;
  read(id: string): string;
  /** Commits what lies there, with `text` as the ticket; its trailers are true unless `says` has others (`undefined`: none). */
  commit(
    operation: string | undefined,
    id: string,
    text: string | undefined,
    says?: Readonly<Record<string, string | undefined>>,
  ): void;
  judge(...attempts: readonly Attempt[]): readonly string[];
  remove(): void;
}

/** A folder in which git works with a name of its own. */
export function gitIn(folder: string): (...args: string[]) => string {
  return (...args) =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@localhost", ...args], {
      cwd: folder,
      encoding: "utf8",
      env: environment,
    });
}

export function makeStore(): HandMadeStore {
  const folder = mkdtempSync(join(tmpdir(), "wiggum-judge-"));
  const git = gitIn(folder);
  const path = (name: string) => join(folder, name);
  git("init", "-q", "-b", "main");
  for (const name of [".gitattributes", ".gitkeep", ".wiggum-layout", "README.md"])
    writeFileSync(path(name), "");
  git("add", "--all");
  git("commit", "-q", "-m", "Initial commit");
  return {
    folder,
    git,
    path,
    read: (id) => readFileSync(path(`${id}.md`), "utf8"),
    commit(operation, id, text, says = {}) {
      const file = path(`${id}.md`);
      const before = existsSync(file) ? git("show", `HEAD:${id}.md`) : undefined;
      if (text === undefined) rmSync(file);
      else writeFileSync(file, text);
      const trailers = {
        Ticket: id,
        From: stateOf(before),
        To: stateOf(text),
        Epoch: text && (/^lease_epoch: (.*)$/m.exec(text)?.[1] ?? "0"),
        Op: operation,
        ...says,
      };
      const lines = Object.entries(trailers).flatMap(([key, value]) =>
        value === undefined ? [] : [`${key}: ${value}`],
      );
      git("add", "--all");
      git("commit", "-q", "--allow-empty", "-m", "Change", "-m", lines.join("\n"));
    },
    judge: (...attempts) => judgeStore(path(".git"), attempts),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function stateOf(text: string | undefined) {
  return text && /^state: (.*)$/m.exec(text)?.[1];
}

const now = "2026-01-02T03:04:05Z";

export const fresh = (id: string, title = `title of ${id}`) =>
  `---\nid: ${id}\ntype: task\npriority: 2\nstate: ready\nassigned_agent_id:\nassigned_at:\ndepends_on: []\nblocks: []\ncreated_at: ${now}\ncreated_by: manual\nupdated_at: ${now}\n---\n\n# ${title}\n\n## Comments\n`;
export const commented = (text: string, comment: string, author = "w") =>
  `${text}\n### From ${author} (2026-01-02 03:04)\n<!-- wiggum:event {"id":"01","kind":"comment","author":"${author}","at":"${now}"} -->\n\n${comment}\n`;
export const dependingOn = (text: string, on: string) =>
  text.replace("depends_on: []", `depends_on:\n  - ${on}`);
export const heldBy = (text: string, agent: string, epoch = 0) =>
  text
    .replace(/assigned_agent_id:.*\n/, `assigned_agent_id: ${agent}\n`)
    .replace(/assigned_at:.*\n/, `assigned_at: ${now}\n`)
    .replace(
      /(lease_epoch: .*\n)?updated_at/,
      epoch === 0 ? "updated_at" : `lease_epoch: ${epoch}\nupdated_at`,
    );
export const claimedBy = (text: string, agent: string, epoch = 1) =>
  heldBy(text, agent, epoch).replace("state: ready", "state: in-progress");

/** An attempt that made or changed a ticket, by default acknowledged. */
export const attempt = (operationId: string, effect: object, status = "acknowledged"): Attempt => ({
  operationId,
  status,
  effect,
});
export const created = (operationId: string, ticket: string) =>
  attempt(operationId, { kind: "create", ticket, title: `title of ${ticket}` });
