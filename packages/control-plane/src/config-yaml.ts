import { isAbsolute, relative, resolve, sep } from "node:path";
import { z } from "zod";
import { budgetSchema, budgetsOf } from "./budget-schema.js";
import { notificationSchema, notificationsOf } from "./notifications/notification-schema.js";
import { type ProjectRoot, projectPaths } from "./project-paths.js";
import { publishSchema } from "./publish/publish-schema.js";
import { type StructuredSettings, structuredDefaults, upstreamDefaults } from "./settings.js";
import type { SettingsProblem } from "./settings-problems.js";
import { commandSchema, countUpTo, filledText, parseStrictYaml, strictGroup } from "./strict-yaml.js";

const globs = (entry: z.ZodType<string, string>, standard: readonly string[]) =>
  z.array(entry, "must be a list of globs").default([...standard]);

const isInside = "must be a glob of files inside the project";
const insideGlob = filledText(isInside).refine(
  (text) => !isAbsolute(text) && !text.split("/").includes(".."),
  isInside,
);
const anyGlob = filledText("must be a glob");

const milliseconds = (standard: number) =>
  countUpTo(7 * 24 * 3_600_000, " of milliseconds").default(standard);

const isBranch = "must be the name of a branch";
/** What git accepts as a branch, apart from what only it can know. */
const branchName =
  /^(?![-/.])(?!.*(?:\.\.|@\{|\/\/|\/\.))(?!@$)[^\s\u0000-\u001f\u007f~^:?*[\\]+(?<![/.]|\.lock)$/;

const isUpstream = "must be the address of a git repository, a path or the name of a remote";

const areRoles = "must be a group of roles, each with a whole number";
const isServer = "must be shared, own or the address of a server (http://…)";

const isFolder = "must be the path of a folder";
const isOwnFolder = `${isFolder} of its own: not the project, nor a folder above it, nor inside its git or control folder`;

/** `config.yaml` of the project in `root`: everything that is not one flat value. Unknown keys are refused. Descriptions are phrases of Markdown: the documentation shows them. */
export function configYamlSchema(root: ProjectRoot) {
  return strictGroup({
    baseBranch: z
      .string(isBranch)
      .regex(branchName, isBranch)
      .optional()
      .describe(
        "branch that finished work goes to. Without it: the name of `origin/HEAD` where a local branch has it, else `main`, else `master`; where there is none of these, `wiggum init` writes the branch here that was checked out",
      ),
    agentProfile: filledText("must be the name of an agent profile")
      .optional()
      .describe(
        "[agent profile](agent-profiles.md) of `WIGGUM_AGENT_CMD`. Without it: the one that names its program",
      ),
    worktreesDirectory: filledText(isFolder)
      .refine((path) => mayHoldWorktrees(resolve(root, path), root), isOwnFolder)
      .transform((path) => resolve(root, path))
      .optional()
      .describe(
        "folder of the agents' worktrees, from the project's folder or absolute. Without it: `worktrees`",
      ),
    worktree: strictGroup({
      copy: globs(insideGlob, structuredDefaults.worktree.copy).describe(
        "files that git ignores but the work needs (`.env`): every new worktree gets a copy",
      ),
      link: globs(insideGlob, structuredDefaults.worktree.link).describe("the same, as a symbolic link"),
      setUp: commandSchema
        .optional()
        .describe("runs in every new worktree. If it fails, the spawn fails and the ticket stays unclaimed"),
      tearDown: commandSchema
        .optional()
        .describe(
          "runs in every worktree before it is removed. If it fails, that is a warning, and the worktree goes all the same",
        ),
      regenerable: globs(anyGlob, structuredDefaults.worktree.regenerable).describe(
        "ignored files that can be made again and are deleted with a worktree; everything else is saved first. This replaces the default list",
      ),
    }).prefault({}),
    checks: z
      .array(commandSchema, "must be a list of commands")
      .default(structuredDefaults.checks.map((words) => [...words]))
      .describe(
        "must all pass on the combined tree before the base branch moves, in a temporary checkout that got the copies, links and set-up of a worktree",
      ),
    mergeQueue: strictGroup({
      batch: countUpTo(100)
        .default(structuredDefaults.mergeBatch)
        .describe(
          "with `WIGGUM_MERGE=auto`: how many done tickets are tested together at most before the base branch moves to all of them, see [merge queue](merge-queue.md). 1 = each by itself",
        ),
    }).prefault({}),
    publish: publishSchema(),
    timeouts: strictGroup({
      setUpMs: milliseconds(structuredDefaults.worktree.setUpTimeoutMs).describe(
        "longest run of `worktree.setUp`",
      ),
      tearDownMs: milliseconds(structuredDefaults.worktree.tearDownTimeoutMs).describe(
        "longest run of `worktree.tearDown`",
      ),
      checkMs: milliseconds(structuredDefaults.checkTimeoutMs).describe("longest run of one of `checks`"),
      hookMs: milliseconds(structuredDefaults.hookTimeoutMs).describe(
        "longest run of a hook that is run by hand. Those of transitions are in the [ticket types](ticket-types.md)",
      ),
      startMs: milliseconds(structuredDefaults.startTimeoutMs).describe(
        "how long a sign that an agent has started is waited for",
      ),
    }).prefault({}),
    leaseMs: milliseconds(structuredDefaults.leaseMs).describe(
      "silence after which an agent's claim is taken for lost. `wiggum run` then ends the session, and another agent goes on with the work",
    ),
    maxAttempts: countUpTo(100)
      .default(structuredDefaults.maxAttempts)
      .describe("sessions of one ticket that ended without moving it, after which a person must act"),
    maxRounds: countUpTo(100)
      .default(structuredDefaults.maxRounds)
      .describe("rounds of rejection after which a person must act"),
    maxIdleRounds: countUpTo(100)
      .default(structuredDefaults.maxIdleRounds)
      .describe(
        "rounds of rejection in a row without progress (no new commit, or none of the findings gone) after which a person must act",
      ),
    maxAgentsByRole: z
      .record(z.string(), countUpTo(999_999), areRoles)
      .default(structuredDefaults.maxAgentsByRole)
      .describe(
        "how many agents may be at work in a role (`{worker: 3}`), within `WIGGUM_MAX_AGENTS`; a role that is not named has all places",
      ),
    budgets: budgetSchema(),
    notifications: notificationSchema(),
    openCode: strictGroup({
      server: filledText(isServer)
        .regex(/^(shared|own|https?:\/\/[^\s\u0000-\u001f\u007f]+)$/, isServer)
        .default(structuredDefaults.openCode.server)
        .describe(
          "with the runner `opencode`: one server for all agents (`shared`), one for each (`own`), or the address of one that you run yourself",
        ),
      passwordVariable: filledText("must be the name of a variable")
        .default(structuredDefaults.openCode.passwordVariable)
        .describe("variable that holds the password of a server with an address"),
      askDeadlineMs: milliseconds(structuredDefaults.openCode.askDeadlineMs).describe(
        "how long you may take to answer a permission or a question; then it is refused, and the model is told",
      ),
      permissions: z
        .array(
          strictGroup({
            permission: filledText("must be the name of a permission"),
            pattern: filledText("must be a pattern").default("*"),
            action: z.enum(["allow", "deny", "ask"], "must be allow, deny or ask"),
          }),
          "must be a list of rules",
        )
        .default([...structuredDefaults.openCode.permissions])
        .describe(
          "rules (`permission`, `pattern`, `action`) for what OpenCode asks; the last one that fits decides, and without one you are asked",
        ),
    }).prefault({}),
    upstream: strictGroup({
      url: filledText(isUpstream)
        .regex(/^[^-\u0000-\u001f\u007f][^\u0000-\u001f\u007f]*$/, isUpstream)
        .optional()
        .describe(
          "where the tickets of several hosts meet, see [remotes](remotes.md): an address that git knows, a path, or the name of a remote of the code's repository (`origin`). Without it they stay on this host",
        ),
      branch: z
        .string(isBranch)
        .regex(branchName, isBranch)
        .default(upstreamDefaults.branch)
        .describe("branch of the upstream that holds the tickets and nothing else"),
      authority: z
        .enum(["local", "upstream"], "must be local or upstream")
        .default(upstreamDefaults.authority)
        .describe(
          "whose word counts. `local`: a write counts at once and is sent afterwards; of two that clash the one that was sent first stays. `upstream`: a write counts when the upstream has accepted it, and none can be made without it; what clashes is refused before",
        ),
      intervalMs: milliseconds(upstreamDefaults.intervalMs).describe("time between two automatic syncs"),
      timeoutMs: milliseconds(upstreamDefaults.timeoutMs).describe(
        "longest exchange with the upstream, and with `authority: upstream` how long a write waits for it; then it counts as offline",
      ),
    }).prefault({}),
  });
}

/** Reads the text of `config.yaml`; all problems at once, each with its line. */
export function parseConfigYaml(
  text: string,
  root: ProjectRoot,
): { readonly settings: StructuredSettings } | { readonly problems: readonly SettingsProblem[] } {
  const parsed = parseStrictYaml(text, configYamlSchema(root), "config.yaml");
  if ("problems" in parsed) return parsed;
  const { timeouts, worktree, upstream, budgets, mergeQueue, notifications, ...rest } = parsed.value;
  const { url } = upstream;
  return {
    settings: {
      ...rest,
      budgets: budgetsOf(budgets),
      notifications: notificationsOf(notifications),
      ...(url === undefined ? {} : { upstream: { ...upstream, url } }),
      worktree: {
        ...worktree,
        setUpTimeoutMs: timeouts.setUpMs,
        tearDownTimeoutMs: timeouts.tearDownMs,
      },
      checkTimeoutMs: timeouts.checkMs,
      mergeBatch: mergeQueue.batch,
      hookTimeoutMs: timeouts.hookMs,
      startTimeoutMs: timeouts.startMs,
    },
  };
}

function mayHoldWorktrees(folder: string, root: ProjectRoot): boolean {
  const isBelow = (path: string, above: string) => {
    const way = relative(above, path);
    return way === "" || !(way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way));
  };
  const own = [projectPaths(root).controlDirectory, resolve(root, ".git")];
  return !isBelow(root, folder) && !own.some((taken) => isBelow(folder, taken));
}
