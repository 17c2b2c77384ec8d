import {
  type AgentHandle,
  type AgentRunner,
  type Delivery,
  isWorkflowError,
  type Message,
} from "@wiggum/workflow";
import type { AnsweredRequest } from "./kept-messages.js";

/**
 * Hands a message to an agent's session, once: as the answer to what that asked, or as a message of its own. `wasTried`: somebody began to hand it
 * over before and was ended in the middle. @throws STALE_HANDLE RUNNER_FAILED of messages that answer nothing
 */
export async function giveMessage(
  runner: AgentRunner,
  handle: AgentHandle,
  message: Message & { readonly answers?: AnsweredRequest | undefined },
  wasTried: boolean,
): Promise<Delivery> {
  const { id, from, text, answers } = message;
  if (answers === undefined) return await runner.send(handle, { id, from, text });
  const { requestId, reply } = answers;
  try {
    if (runner.answer === undefined) return refused(id, `the ${runner.name} runner takes no answers`);
    await runner.answer(handle, requestId, reply);
    return { status: "delivered", messageId: id, proof: `its session took it as the answer to ${requestId}` };
  } catch (error) {
    if (isWorkflowError(error, "REQUEST_GONE"))
      return wasTried
        ? { status: "unknown", messageId: id, detail: "whoever gave it was ended in the middle" }
        : refused(id, "it was answered already, or its time ran out");
    if (isWorkflowError(error, "RUNNER_FAILED")) return { ...refused(id, error.message), isPassing: true };
    throw error;
  }
}

function refused(messageId: string, reason: string): Extract<Delivery, { readonly status: "refused" }> {
  return { status: "refused", messageId, reason };
}
