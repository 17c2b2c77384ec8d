import { isAbsolute, relative, resolve, sep } from "node:path";
import { z } from "zod";
import { type ProjectRoot, projectPaths } from "./project-paths.js";
import type { SettingsProblem } from "./read-settings.js";
import { type StructuredSettings, structuredDefaults } from "./settings.js";
import { commandSchema, parseStrictYaml } from "./strict-yaml.js";

const glob = z
  .string()
  .min(1)
  .refine((text) => !isAbsolute(text) && !text.split("/").includes(".."), "must lie inside the project");

const milliseconds = z
  .int()
  .positive()
  .max(7 * 24 * 3_600_000);

/** `config.yaml`: everything that is not one flat value. Unknown keys are refused. */
const configYamlSchema = z.strictObject({
  /** Branch that finished work goes to. Default: the name of `origin/HEAD`, else `main`. */
  baseBranch: z
    .string()
    .regex(/^(?!-)[^\s\u0000-\u001f\u007f~^:?*[\\]+$/, "must be the name of a branch")
    .optional(),
  /** Agent profile of `WIGGUM_AGENT_CMD`. Default: the one that names its program. */
  agentProfile: z.string().min(1).optional(),
  /** Folder of the agents' worktrees, from the main root or absolute. */
  worktreesDirectory: z.string().min(1).optional(),
  worktree: z
    .strictObject({
      /** Files that are copied into every new worktree, as globs from the main root, for example `.env`. */
      copy: z.array(glob).default([...structuredDefaults.worktree.copy]),
      /** The same, linked instead of copied. */
      link: z.array(glob).default([...structuredDefaults.worktree.link]),
      /** Runs in every new worktree; if it fails, the spawn fails and the ticket stays unclaimed. */
      setUp: commandSchema.optional(),
      /** Ignored files that can be made again: they may be deleted with the worktree. Replaces the default list. */
      regenerable: z.array(z.string().min(1)).default([...structuredDefaults.worktree.regenerable]),
    })
    .prefault({}),
  /** Must all pass on the combined tree before the base branch moves. */
  checks: z.array(commandSchema).default(structuredDefaults.checks.map((words) => [...words])),
  /** Limits, in milliseconds. */
  timeouts: z
    .strictObject({
      setUpMs: milliseconds.default(structuredDefaults.worktree.setUpTimeoutMs),
      checkMs: milliseconds.default(structuredDefaults.checkTimeoutMs),
      hookMs: milliseconds.default(structuredDefaults.hookTimeoutMs),
      startMs: milliseconds.default(structuredDefaults.startTimeoutMs),
    })
    .prefault({}),
  /** Silence after which a claim is taken for lost, in milliseconds. */
  leaseMs: milliseconds.default(structuredDefaults.leaseMs),
  /** Failed sessions of one ticket after which a person must act. */
  maxAttempts: z.int().positive().max(100).default(structuredDefaults.maxAttempts),
  /** Review or QA rounds after which a person must act. */
  maxRounds: z.int().positive().max(100).default(structuredDefaults.maxRounds),
});

/** Reads the text of `config.yaml`; all problems at once, each with its line. */
export function parseConfigYaml(
  text: string,
  root: ProjectRoot,
): { readonly settings: StructuredSettings } | { readonly problems: readonly SettingsProblem[] } {
  const parsed = parseStrictYaml(text, configYamlSchema, "config.yaml");
  if ("problems" in parsed) return parsed;
  const { timeouts, worktree, worktreesDirectory, ...rest } = parsed.value;
  const folder = worktreesDirectory === undefined ? undefined : resolve(root, worktreesDirectory);
  if (folder !== undefined && !mayHoldWorktrees(folder, root)) {
    const message =
      "must be a folder of its own: not the project, nor a folder above it, nor inside its git or control folder";
    return { problems: [{ at: "worktreesDirectory", line: parsed.lineOf(["worktreesDirectory"]), message }] };
  }
  return {
    settings: {
      ...rest,
      ...(folder === undefined ? {} : { worktreesDirectory: folder }),
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
