// A second reader that shares no code with git: what git reads of a store, isomorphic-git reads, too.
import fs from "node:fs";
import isomorphic from "isomorphic-git";
import { git } from "./store-history.mjs";

/** Newest commits that are compared; every file of the newest is. */
const depth = 200;

/**
 * @param store path of a bare repository with sha1 ids
 * @returns findings in words
 */
export async function judgeReaders(store) {
  const findings = [];
  const options = { fs, gitdir: store, cache: {} };
  const wanted = git(store, ["log", "--first-parent", `-${depth}`, "--format=%H %T", "main"])
    .stdout.trim()
    .split("\n");
  const log = await isomorphic.log({ ...options, ref: "main", depth });
  const found = log.map(({ oid, commit }) => `${oid} ${commit.tree}`);
  const differing = wanted.findIndex((line, index) => line !== found[index]);
  if (differing !== -1 || wanted.length !== found.length)
    return [`readers: git has ${wanted[differing]} where isomorphic-git has ${found[differing]}`];

  const entries = git(store, ["ls-tree", "-r", "-z", "main"]).stdout.split("\0").filter(Boolean);
  for (const entry of entries) {
    const [, id, path] = /^\d+ \w+ ([0-9a-f]+)\t(.*)$/s.exec(entry);
    const { oid, blob } = await isomorphic.readBlob({ ...options, oid: log[0].oid, filepath: path });
    const text = git(store, ["cat-file", "blob", id]).stdout;
    if (oid !== id || Buffer.from(blob).toString("utf8") !== text)
      findings.push(`readers: ${path} is ${id} for git, ${oid} for isomorphic-git`);
  }
  return findings;
}
