import { WorkflowError } from "./errors.js";
import type { AgentHandle, AgentRunner, StopReport } from "./runner.js";

/** Ends a session and all its processes, proved. @throws AGENT_SURVIVES something is left; nothing else may be done to the agent then */
export async function stopProved(runner: AgentRunner, handle: AgentHandle): Promise<StopReport> {
  const report = await runner.stop(handle);
  if (report.stopped) return report;
  const { agentId } = handle;
  throw new WorkflowError(
    "AGENT_SURVIVES",
    `${agentId} could not be ended: ${report.survivors.map(({ pid }) => `process ${pid}`).join(", ")} still there`,
    { agentId, survivors: report.survivors },
    { hint: `End these processes, then run 'wiggum kill ${agentId}' again. Nothing was removed.` },
  );
}
