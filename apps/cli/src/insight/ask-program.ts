import type { Project } from "@wiggum/control-plane";
import type { Context } from "../context.js";
import { explain, failedWith } from "../failure.js";
import { askUntilInterrupted } from "./ask-until-interrupted.js";

/** What became of a question that may stay unanswered. */
export type Insight = { readonly answer: string } | { readonly answer: null; readonly reason: string };

/** While nothing has changed the same question is not paid for twice. */
const reuseMs = 10 * 60_000;

/** Asks the agent program; where no answer comes, a warning says so, and the caller prints what it knows by itself. */
export async function askProgram(context: Context, project: Project, prompt: string): Promise<Insight> {
  try {
    return { answer: await askUntilInterrupted(context, project, prompt, { reuseMs }) };
  } catch (error) {
    const isExpected =
      failedWith(error, "RUNNER_FAILED") ||
      failedWith(error, "RUNNER_UNSUPPORTED") ||
      failedWith(error, "AGENT_COMMAND_MISSING");
    if (!isExpected) throw error;
    const { message } = explain(error);
    context.messages.warn("Failed to provide intelligent summary.");
    context.messages.info(message);
    return { answer: null, reason: message };
  }
}
