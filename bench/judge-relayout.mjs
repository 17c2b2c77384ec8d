// Judges commits that move all tickets to another layout of the store: with plain git, and with rules of its own about who lies where.
import { git, isTicketFile, ticketIn } from "./store-history.mjs";

const operation = /^relayout-(flat|fan-out)-([0-9a-f]{40,64})$/;

/**
 * @param history without the commit that made the store
 * @returns `commits`: those that move tickets, with which no write of a ticket has to do; `findings` in words
 */
export function judgeRelayouts(store, history) {
  const commits = new Set();
  const findings = [];
  for (const { commit, parents, trailers } of history) {
    const [, layout] = operation.exec(trailers.Op?.[0] ?? "") ?? [];
    if (layout === undefined) continue;
    commits.add(commit);
    const complain = (what) => findings.push(`relayout: ${commit} ${what}`);
    if (trailers.Actor?.[0] !== "wiggum" || trailers.Ticket !== undefined) complain("says more than it does");
    const [before, after] = [parents[0], commit].map((revision) => filesAt(store, revision));
    if (JSON.stringify(named(before)) !== JSON.stringify(named(after))) complain("changes what it moves");
    for (const { path } of after.filter(({ path }) => isTicketFile(path))) {
      if (path.includes("/") !== (layout === "fan-out")) complain(`leaves ${path} where it was`);
    }
    const text = git(store, ["cat-file", "blob", `${commit}:.wiggum-layout`]).stdout;
    if (!text.includes(`layout: ${layout}\n`)) complain("does not say which layout it is");
  }
  return { commits, findings };
}

function filesAt(store, revision) {
  return git(store, ["ls-tree", "-r", "-z", revision])
    .stdout.split("\0")
    .filter(Boolean)
    .map((line) => {
      const [, mode, id, path] = /^(\d+) \w+ ([0-9a-f]+)\t(.*)$/s.exec(line);
      return { mode, id, path };
    });
}

/** Tickets by their names, whatever folder they are in; everything else but the file that names the layout by its path. */
function named(files) {
  return files
    .filter(({ path }) => path !== ".wiggum-layout")
    .map(({ mode, id, path }) => `${isTicketFile(path) ? ticketIn(path) : path} ${mode} ${id}`)
    .sort();
}
