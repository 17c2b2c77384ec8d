import { z } from "zod";
import { structuredDefaults } from "../settings.js";
import { countUpTo, filledText, strictGroup } from "../strict-yaml.js";

const { publish: publishDefaults } = structuredDefaults;
const isRemote = "must be the name of a remote";

/** `publish` of `config.yaml`. */
export function publishSchema() {
  const milliseconds = countUpTo(7 * 24 * 3_600_000, " of milliseconds");
  return strictGroup({
    target: z
      .enum(["none", "push", "gh"], "must be none, push or gh")
      .default(publishDefaults.target)
      .describe(
        "where `wiggum run` brings the work of a `pr-task` in `pr_open`, see [publishing](publishing.md): nowhere (`none`), to a branch of the remote (`push`), or into a pull request on GitHub, by the program `gh`",
      ),
    remote: filledText(isRemote)
      .regex(/^[A-Za-z0-9_][\w./-]*$/, isRemote)
      .default(publishDefaults.remote)
      .describe("remote of the code's repository that is pushed to"),
    pollMs: milliseconds
      .default(publishDefaults.pollMs)
      .describe("time between two looks at all open pull requests; longer after failures"),
    quotaReserve: countUpTo(1_000_000)
      .default(publishDefaults.quotaReserve)
      .describe(
        "so many points of GitHub's hourly allowance are left to you: nothing is asked while no more remain",
      ),
    timeoutMs: milliseconds
      .default(publishDefaults.timeoutMs)
      .describe("longest exchange with the remote or with `gh`"),
  }).prefault({});
}
