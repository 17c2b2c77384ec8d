import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { composeAsk, WorkflowError } from "@wiggum/workflow";
import { cleanEnvironment } from "./agent-environment.js";
import { launchPlaces, profileOfRole } from "./agent-launch.js";
import { createKeptAnswers } from "./kept-answers.js";
import type { ProjectParts } from "./project-parts.js";
import { storageReason } from "./storage-errors.js";

/** How `project.ask` waits for its answer. */
export interface AskOptions {
  /** Longest wait for the answer, milliseconds; default 60 s. */
  readonly timeoutMs?: number | undefined;
  /** The answer to the very same question is given again while it is not older, milliseconds; default: it is always asked. */
  readonly reuseMs?: number | undefined;
  /** Breaks it off: the program and all that it started have ended when the promise is rejected. */
  readonly signal?: AbortSignal | undefined;
}

const defaultTimeoutMs = 60_000;

/**
 * Puts one question to the project's agent program, hidden and without tools, and gives its answer in words.
 * @throws RUNNER_UNSUPPORTED the runner or the program's profile cannot; RUNNER_FAILED no answer came, with the reason; AGENT_COMMAND_MISSING
 */
export async function askProject(
  parts: ProjectParts,
  prompt: string,
  { timeoutMs = defaultTimeoutMs, reuseMs, signal }: AskOptions = {},
): Promise<string> {
  const { runner, paths, environment: caller } = parts;
  const { profile, command } = await profileOfRole(parts, { name: "ask" });
  const kept = createKeptAnswers(paths.keptAnswers, () => parts.clock.now());
  const question = [profile.name, ...command, prompt];
  const known = reuseMs === undefined ? undefined : await kept.find(question, reuseMs);
  if (known !== undefined) return known;
  const state = await mkdtemp(join(tmpdir(), "wiggum-ask-"));
  try {
    const places = await launchPlaces(parts, paths.root, state);
    const environment = cleanEnvironment(caller);
    const order = composeAsk(profile, { command, environment, places, cwd: paths.root, prompt, timeoutMs });
    if (order === undefined || runner.ask === undefined) {
      const what = order === undefined ? `agent profile ${profile.name}` : `${runner.name} runner`;
      throw new WorkflowError(
        "RUNNER_UNSUPPORTED",
        `The ${what} has no way to ask one question`,
        { runner: runner.name, method: "ask" },
        { hint: order === undefined ? "Write an 'ask' part into the profile." : "Use another runner." },
      );
    }
    const { text } = await runner.ask(order, signal);
    if (reuseMs !== undefined) {
      await kept.keep(question, text).catch((error: unknown) => {
        const reason = storageReason(error);
        if (reason === undefined) throw error;
        parts.notify(`The answer could not be kept: ${reason}`);
      });
    }
    return text;
  } finally {
    await rm(state, { recursive: true, force: true });
  }
}
