import { type AgentHandle, type AgentRunner, type Reply, WorkflowError } from "@wiggum/workflow";
import { CallFailed, type Connection, type QuestionRequest } from "./connection.js";
import { refusedByServer } from "./errors.js";
import { requireSession } from "./find-connection.js";
import type { AttendantPlan } from "./session-files.js";

/**
 * Gives a person's answer to a permission or a question, of the agent's session or of one that it started.
 * @throws REQUEST_GONE nothing waits for that answer any more; RUNNER_FAILED its server does not take it now
 */
export async function answerRequest(
  plan: AttendantPlan,
  handle: AgentHandle,
  requestId: string,
  { allow, text }: Reply,
  servers: AgentRunner,
): Promise<void> {
  const { connection } = await requireSession(plan, handle, servers);
  try {
    const isPermission = (await connection.permissions()).some(({ id }) => id === requestId);
    if (isPermission) return await connection.replyToPermission(requestId, allow, text);
    const question = (await connection.questions()).find(({ id }) => id === requestId);
    if (question === undefined) {
      throw new WorkflowError(
        "REQUEST_GONE",
        `Nothing waits for an answer to ${JSON.stringify(requestId)} any more`,
        { requestId },
        { hint: "It was answered already, or its time ran out: 'wiggum inbox' shows what waits." },
      );
    }
    // A question that is rejected without a word ends the turn.
    if (!allow && text === undefined) return await connection.rejectQuestion(requestId);
    await answerQuestion(connection, question, text ?? "Yes.");
  } catch (error) {
    if (!(error instanceof CallFailed)) throw error;
    throw refusedByServer("take the answer", error.message, error);
  }
}

/** One line for each question where there are as many; else everything for every one. @throws CallFailed */
export async function answerQuestion(
  connection: Connection,
  { id, questions }: QuestionRequest,
  words: string,
): Promise<void> {
  const lines = words.split("\n");
  const isEach = lines.length === questions.length;
  const answers = questions.map((_, index) => [isEach ? (lines[index] ?? words) : words]);
  await connection.replyToQuestion(id, answers);
}
