import { createGitBackend, type GitBackend, type GitBackendOptions } from "../create-git-backend.js";
import { judge } from "../store.fixture.js";
import { type Host, type Hosts, makeHosts } from "./uplink.fixture.js";
import type { Upstream } from "./uplink.js";

/** A host's store, where the word of the upstream counts. */
export function underAuthority(
  { root, name }: Host,
  upstream: Upstream,
  options: Partial<GitBackendOptions> & { readonly waitMs?: number } = {},
): GitBackend {
  const { waitMs = 20_000, ...more } = options;
  const authority = { upstream: async () => upstream, waitMs };
  return createGitBackend({ root, judge, host: name, ...more, authority });
}

/** Two hosts with the same tickets that write under the authority of their upstream. */
export async function makeSubjects(
  prepare?: (backend: GitBackend) => Promise<void>,
): Promise<Hosts & { readonly one: GitBackend; readonly other: GitBackend }> {
  const hosts = await makeHosts(prepare);
  const { first, second, upstream } = hosts;
  return { ...hosts, one: underAuthority(first, upstream), other: underAuthority(second, upstream) };
}
