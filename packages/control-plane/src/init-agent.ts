import { existsSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { findProgram } from "./find-program.js";
import type { InitAgent, InitOptions, InitPart, InitReport } from "./init-report.js";
import { chooseProfile, loadProfiles } from "./profiles.js";
import type { ProjectPaths } from "./project-paths.js";
import { readSettingsFile } from "./settings-file.js";
import { flagInvalid } from "./settings-problems.js";
import { splitWords } from "./split-words.js";

/** Agents that `init` looks for, in this order. How each is started says its profile. */
const knownAgents = ["claude", "codex", "opencode"] as const;

/** The setting that names the agent command. */
export const agentSetting = "WIGGUM_AGENT_CMD";

/** The words of a command that was asked for. @throws FLAG_INVALID it is none */
export function requireAgentCommand(command: string): readonly string[] {
  const split = splitWords(command);
  if ("words" in split) return split.words;
  const hint = "Write it as one argument, for example --agent 'codex exec'.";
  throw flagInvalid("--agent", command, `is no command: ${split.problem}`, hint);
}

/**
 * Which agent this project uses: flag, environment, what the settings say already, what is on PATH, else claude. The words of environment
 * and settings were checked when they were read.
 */
export function chooseAgent(paths: ProjectPaths, options: InitOptions): InitAgent {
  const { environment } = options;
  const given = (command: string, source: InitAgent["source"]): InitAgent => {
    const split = splitWords(command);
    const [program = ""] = "words" in split ? split.words : [];
    return { command, source, isOnPath: findProgram(program, environment, paths.root) !== undefined };
  };
  if (options.agent !== undefined) return given(options.agent, "flag");
  if (environment[agentSetting]) return given(environment[agentSetting], "environment");
  const written = writtenAgent(paths);
  if (written !== undefined) return given(written, "settings");
  const found = knownAgents.find((program) => findProgram(program, environment, paths.root) !== undefined);
  return found === undefined
    ? { command: knownAgents[0], source: "default", isOnPath: false }
    : { command: found, source: "found", isOnPath: true };
}

function writtenAgent(paths: ProjectPaths): string | undefined {
  if (!existsSync(paths.configShell)) return undefined;
  const { settings } = readSettingsFile(readFileSync(paths.configShell, "utf8"));
  return settings.find(({ name }) => name === agentSetting)?.value || undefined;
}

/** What is known of the agent's program. */
export async function knownOf(paths: ProjectPaths, command: string): Promise<InitReport["profile"]> {
  const split = splitWords(command);
  const { profile } = chooseProfile(await loadProfiles(paths), "words" in split ? split.words : []);
  return { name: profile.name, verified: profile.verified };
}

/** What claude may do without asking. */
const claudeSettings = {
  permissions: {
    allow: [
      "Bash(wiggum *:*)",
      "Bash(git add:*)",
      "Bash(git commit:*)",
      "Bash(git status:*)",
      "Bash(git diff:*)",
      "Bash(git log:*)",
      "Bash(wiggum:*)",
    ],
  },
};

/** Where claude reads a person's own settings of a project. Not to be committed. */
export const claudeSettingsFile = ".claude/settings.local.json";

export function isClaude(command: string): boolean {
  const split = splitWords(command);
  return "words" in split && basename(split.words[0] ?? "") === "claude";
}

/** Lets claude call `wiggum` and the harmless git commands; a file that is there stays as it is. */
export async function writeClaudeSettings(paths: ProjectPaths): Promise<InitPart> {
  const path = join(paths.root, claudeSettingsFile);
  await mkdir(dirname(path), { recursive: true });
  try {
    await writeFile(path, `${JSON.stringify(claudeSettings, null, 2)}\n`, { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return { part: "agent-settings", path: claudeSettingsFile, outcome: "kept" };
  }
  return { part: "agent-settings", path: claudeSettingsFile, outcome: "created" };
}
