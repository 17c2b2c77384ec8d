import { basename } from "node:path";
import { printable } from "@wiggum/ticket-core";
import { type AgentProfile, isWorkflowError } from "@wiggum/workflow";
import { cleanEnvironment } from "./agent-environment.js";
import { profileOfRole } from "./agent-launch.js";
import { runProgram } from "./bounded-program.js";
import { findProgram } from "./find-program.js";
import { fromRoot } from "./init-files.js";
import { otherPrograms } from "./profiles.js";
import type { ProjectFinding } from "./project.js";
import type { ProjectParts } from "./project-parts.js";
import { listRoles, loadRole } from "./roles.js";

/** How long a program may take to tell its version, milliseconds. */
const versionTimeoutMs = 10_000;

/** What is known of the programs that this project's roles use. Nothing of it is wrong; a wrong profile is. */
export async function examineProfiles(parts: ProjectParts): Promise<readonly ProjectFinding[]> {
  const findings = new Map<string, ProjectFinding>();
  for (const name of await listRoles(parts.paths)) {
    // What is wrong with a role itself is told where prompts are looked at.
    const role = await loadRole(parts.paths, name).catch(() => undefined);
    if (role === undefined) continue;
    try {
      const { profile, command } = await profileOfRole(parts, role);
      const finding = await judge(parts, profile, command);
      if (finding !== undefined) findings.set(`${finding.code} ${command[0]}`, finding);
    } catch (error) {
      if (!isWorkflowError(error, "SETTINGS_INVALID")) throw error;
      findings.set(error.message, profileInvalid(error.message, error.hint));
    }
  }
  return [...findings.values()];
}

async function judge(
  { paths, environment: caller }: ProjectParts,
  profile: AgentProfile,
  command: readonly string[],
): Promise<ProjectFinding | undefined> {
  const program = printable(basename(command[0] ?? ""));
  if (profile.name === otherPrograms) {
    return note(
      "AGENT_PROGRAM_UNKNOWN",
      `No agent profile knows ${program}: it gets the prompt as its last argument, and only that it runs and how it ends is seen`,
      `A file in ${fromRoot(paths, paths.profilesDirectory)} can say more; see 'Writing a profile' in docs/agent-profiles.md.`,
    );
  }
  if (profile.verified.length === 0) {
    return note(
      "AGENT_PROFILE_UNVERIFIED",
      `The agent profile ${profile.name} was written from documentation; nobody has run ${program} with it`,
      `Watch its first ticket, and correct ${fromRoot(paths, paths.profilesDirectory)}/${profile.name}.yaml where it is wrong.`,
    );
  }
  const environment = cleanEnvironment(caller);
  const path = findProgram(command[0] ?? "", environment, paths.root);
  if (path === undefined) return undefined;
  const run = { command: [path, ...profile.versionArguments], cwd: paths.root, environment };
  const { output, exitCode } = await runProgram({ ...run, timeoutMs: versionTimeoutMs, endsAlone: true });
  const version = /\d+\.\d+\.\d+[\w.-]*/.exec(output)?.[0];
  const isVerified = profile.verified.some((known) => known.split(" ")[0] === version);
  if (exitCode === 0 && isVerified) return undefined;
  const found = version === undefined ? "does not tell its version" : `is version ${version}`;
  return note(
    "AGENT_VERSION_UNVERIFIED",
    `${program} ${found}; its profile was verified with ${profile.verified.join(", ")}`,
    "It will most likely work; watch its first ticket.",
  );
}

function note(code: string, message: string, hint: string): ProjectFinding {
  return { area: "agents", severity: "note", code, message, hint };
}

function profileInvalid(message: string, hint: string | undefined): ProjectFinding {
  return {
    area: "agents",
    severity: "error",
    code: "AGENT_PROFILE_INVALID",
    message,
    ...(hint === undefined ? {} : { hint }),
  };
}
