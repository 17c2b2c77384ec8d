import { isAbsolute, resolve } from "node:path";
import type { Git } from "@wiggum/git";
import type { UpstreamAuthority } from "@wiggum/ticket-backend-git";
import { TicketError } from "@wiggum/ticket-core";
import type { UpstreamSettings } from "./settings.js";

/** Words that stand for no address by themselves: names of remotes. */
const remoteName = /^[A-Za-z0-9_][\w.-]*$/;

/**
 * The address that git is given: that of a remote of the code's repository where one is named, else as it stands; paths from the project's folder.
 * @throws UPSTREAM_UNUSABLE there is no such remote
 */
export async function resolveUpstream(
  git: Git,
  root: string,
  { url }: Pick<UpstreamSettings, "url">,
): Promise<string> {
  let address = url;
  if (remoteName.test(url)) {
    const found = await git.run(["remote", "get-url", url], { allowedExitCodes: [0, 2, 128] });
    if (found.exitCode !== 0) {
      throw new TicketError(
        "UPSTREAM_UNUSABLE",
        `The code's repository has no remote '${url}', which is to be the upstream of the tickets`,
        { upstream: url },
        { hint: "'git remote -v' shows its remotes. A path is written with a slash in it: ./tickets.git" },
      );
    }
    address = found.stdout.trim();
  }
  const isPath = !address.includes("://") && !/^[^/]*:/.test(address);
  return isPath && !isAbsolute(address) ? resolve(root, address) : address;
}

/** What the store is told where the word of the upstream counts. Its address is asked for at the first write. */
export function authorityOf(
  git: Git,
  root: string,
  upstream: UpstreamSettings | undefined,
): UpstreamAuthority | undefined {
  if (upstream?.authority !== "upstream") return undefined;
  const { branch, timeoutMs } = upstream;
  return {
    upstream: async () => ({ url: await resolveUpstream(git, root, upstream), branch }),
    waitMs: timeoutMs,
  };
}
