import { join } from "node:path";
import { type CommitId, isGitError, readBranch } from "@wiggum/git";
import { isWorkflowError } from "@wiggum/workflow";
import { exclusively } from "../exclusively.js";
import { findBaseBranch } from "../feature-branch.js";
import { moveTo } from "../merge-base-branch.js";
import type { Project } from "../project.js";
import { createGh } from "./gh-program.js";
import { createGitHubHost, repositoryOf } from "./github-host.js";
import { createPublisher, type Publisher } from "./publisher.js";

/** What the settings say of publishing, over the person's own `git` and `gh`; `undefined` = nothing is published. */
export function createProjectPublisher(project: Project): Publisher | undefined {
  const { git, paths, settings, environment } = project;
  if (settings.publish.target === "none") return undefined;
  const { target, remote, timeoutMs } = settings.publish;
  let publisher: Publisher | undefined;

  async function open(): Promise<Publisher> {
    const repository = target === "gh" ? repositoryOf(await addressOf(project, remote)) : undefined;
    const gh = createGh({ cwd: paths.root, environment, timeoutMs, repository });
    return createPublisher({
      project,
      target: { git, remote, timeoutMs },
      host: target === "gh" ? createGitHubHost(gh, repository?.split("/")[0]) : undefined,
      followBase: (commit) => followBase(project, commit),
    });
  }

  return {
    async pass(report) {
      publisher ??= await open();
      await publisher.pass(report);
    },
  };
}

/** Empty where there is no such remote: the first push says so. */
async function addressOf({ git }: Project, remote: string): Promise<string> {
  const { stdout } = await git.run(["remote", "get-url", remote], { allowedExitCodes: [0, 2, 128] });
  return stdout.trim();
}

/** Forward only, and not where somebody's local changes are in the way: then the next look tries again. */
async function followBase({ git, paths, settings }: Project, commit: CommitId): Promise<void> {
  const base = await findBaseBranch(git, settings.baseBranch);
  if (base === undefined || base === "HEAD") return;
  const move = async () => {
    const before = await readBranch(git, base);
    if (before !== undefined) await moveTo(git, base, commit, before);
  };
  try {
    // A merge that is at work moves the base branch itself: then later.
    await exclusively(join(paths.ownersDirectory, "merge.db"), move, 0);
  } catch (error) {
    const passing = ["REF_MOVED", "REF_LOCKED", "CHECKOUT_BUSY", "BRANCH_CHECKED_OUT"] as const;
    const isInTheWay = isWorkflowError(error, "CHECKOUT_OVERLAP") || isWorkflowError(error, "PROJECT_BUSY");
    if (isInTheWay || passing.some((code) => isGitError(error, code))) return;
    throw error;
  }
}
