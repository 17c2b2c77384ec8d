import { isAbsolute, relative, resolve, sep } from "node:path";
import { z } from "zod";
import { type ProjectRoot, projectPaths } from "./project-paths.js";
import { type StructuredSettings, structuredDefaults } from "./settings.js";
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

const isFolder = "must be the path of a folder";
const isOwnFolder = `${isFolder} of its own: not the project, nor a folder above it, nor inside its git or control folder`;

/** `config.yaml` of the project in `root`: everything that is not one flat value. Unknown keys are refused. */
function configYamlSchema(root: ProjectRoot) {
  return strictGroup({
    /** Branch that finished work goes to. Default: the name of `origin/HEAD`, else `main`. */
    baseBranch: z.string(isBranch).regex(branchName, isBranch).optional(),
    /** Agent profile of `WIGGUM_AGENT_CMD`. Default: the one that names its program. */
    agentProfile: filledText("must be the name of an agent profile").optional(),
    /** Folder of the agents' worktrees, from the main root or absolute. */
    worktreesDirectory: filledText(isFolder)
      .refine((path) => mayHoldWorktrees(resolve(root, path), root), isOwnFolder)
      .transform((path) => resolve(root, path))
      .optional(),
    worktree: strictGroup({
      /** Files that are copied into every new worktree, as globs from the main root, for example `.env`. */
      copy: globs(insideGlob, structuredDefaults.worktree.copy),
      /** The same, linked instead of copied. */
      link: globs(insideGlob, structuredDefaults.worktree.link),
      /** Runs in every new worktree; if it fails, the spawn fails and the ticket stays unclaimed. */
      setUp: commandSchema.optional(),
      /** Ignored files that can be made again: they may be deleted with the worktree. Replaces the default list. */
      regenerable: globs(anyGlob, structuredDefaults.worktree.regenerable),
    }).prefault({}),
    /** Must all pass on the combined tree before the base branch moves. */
    checks: z
      .array(commandSchema, "must be a list of commands")
      .default(structuredDefaults.checks.map((words) => [...words])),
    /** Limits, in milliseconds. */
    timeouts: strictGroup({
      setUpMs: milliseconds(structuredDefaults.worktree.setUpTimeoutMs),
      checkMs: milliseconds(structuredDefaults.checkTimeoutMs),
      hookMs: milliseconds(structuredDefaults.hookTimeoutMs),
      startMs: milliseconds(structuredDefaults.startTimeoutMs),
    }).prefault({}),
    /** Silence after which a claim is taken for lost, in milliseconds. */
    leaseMs: milliseconds(structuredDefaults.leaseMs),
    /** Failed sessions of one ticket after which a person must act. */
    maxAttempts: countUpTo(100).default(structuredDefaults.maxAttempts),
    /** Review or QA rounds after which a person must act. */
    maxRounds: countUpTo(100).default(structuredDefaults.maxRounds),
  });
}

/** Reads the text of `config.yaml`; all problems at once, each with its line. */
export function parseConfigYaml(
  text: string,
  root: ProjectRoot,
): { readonly settings: StructuredSettings } | { readonly problems: readonly SettingsProblem[] } {
  const parsed = parseStrictYaml(text, configYamlSchema(root), "config.yaml");
  if ("problems" in parsed) return parsed;
  const { timeouts, worktree, ...rest } = parsed.value;
  return {
    settings: {
      ...rest,
      worktree: { ...worktree, setUpTimeoutMs: timeouts.setUpMs },
      checkTimeoutMs: timeouts.checkMs,
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
