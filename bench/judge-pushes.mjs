// Judges what was pushed with plain git past Wiggum, and that what may not be was put back as it was, byte for byte.
import { git } from "./store-history.mjs";

/**
 * @param history without the commit that made the store
 * @param pushes `{ commit, status: "acknowledged" | "refused" | "unknown", isLegal }`: commits of which git said that the push was taken or not
 * @returns `commits`: those that are pushes or put one back, with which no operation has to do; `findings` in words
 */
export function judgePushes(store, history, pushes) {
  const issued = new Map(pushes.map((push) => [push.commit, push]));
  const commits = new Set();
  const findings = [];
  /** Pushes that may not be, until somebody puts them back. */
  let broken = [];
  for (const [index, entry] of history.entries()) {
    const push = issued.get(entry.commit);
    if (push !== undefined) {
      commits.add(entry.commit);
      if (push.status === "refused")
        findings.push(`phantom: the push ${entry.commit} was refused, yet it is there`);
      if (!push.isLegal) broken.push(entry);
      continue;
    }
    const undone = /^reject-([0-9a-f]+)-/.exec(entry.trailers.Op?.[0] ?? "")?.[1];
    if (undone !== undefined) {
      commits.add(entry.commit);
      const found = broken.find(({ commit }) => commit.startsWith(undone));
      if (found === undefined)
        findings.push(`put back: ${entry.commit} puts back ${undone}, which nobody may put back`);
      else findings.push(...judgePutBack(store, entry, found, history.slice(0, index)));
      broken = broken.filter((other) => other !== found);
    } else if (broken.length > 0) {
      findings.push(`put back: ${entry.commit} was written before ${broken[0].commit} was put back`);
    }
  }
  const last = history.findLastIndex(({ commit }) => !commits.has(commit));
  for (const { commit } of broken) {
    if (history.findIndex((entry) => entry.commit === commit) < last)
      findings.push(`put back: the push ${commit} was never put back`);
  }
  const there = new Set(history.map(({ commit }) => commit));
  for (const { commit, status } of pushes) {
    if (status === "acknowledged" && !there.has(commit))
      findings.push(`lost: git took the push ${commit}, it is not there`);
  }
  return { commits, findings };
}

/** The file that the push changed is what it was before the push, and nothing else changes. */
function judgePutBack(store, entry, push, earlier) {
  const findings = [];
  const path = push.changes[0]?.path;
  if (entry.changes.length !== 1 || entry.changes[0].path !== path)
    findings.push(`put back: ${entry.commit} changes something else than ${path}`);
  // A second push may have changed the same file after it: then what counts lies before the first that was not put back yet.
  const wanted = blobOf(store, push.parents[0], path);
  const between = earlier.slice(earlier.indexOf(push) + 1);
  const isTouched = between.some(({ changes }) => changes.some((change) => change.path === path));
  if (!isTouched && blobOf(store, entry.commit, path) !== wanted)
    findings.push(`put back: ${entry.commit} leaves ${path} other than it was before ${push.commit}`);
  return findings;
}

function blobOf(store, revision, path) {
  return git(store, ["rev-parse", "--verify", "--quiet", `${revision}:${path}`], [0, 1]).stdout.trim();
}
