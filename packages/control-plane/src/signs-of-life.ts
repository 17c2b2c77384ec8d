import { type AgentFacts, type AgentId, isWorkflowError } from "@wiggum/workflow";
import type { Project } from "./project.js";

export interface SignsOfLife {
  /** What an agent printed last; `undefined` = it cannot be read, which proves nothing. */
  of(agent: AgentFacts): Promise<string | undefined>;
}

/** So much of the end of its output says whether an agent goes on. */
const lastLines = 20;

/** Remembers what each printed, for as long as a glance says that it printed nothing more: to read a pane starts programs. */
export function createSignsOfLife(project: Project): SignsOfLife {
  const known = new Map<AgentId, { readonly glance: string; readonly sign: string | undefined }>();
  return {
    async of({ agentId, session }) {
      // Before it is read: what is printed in between is seen by the next glance.
      const glance =
        session?.handle === undefined ? undefined : await project.runner.glance?.(session.handle);
      const former = known.get(agentId);
      if (glance !== undefined && former?.glance === glance) return former.sign;
      const sign = await read(project, agentId);
      if (glance === undefined) known.delete(agentId);
      else known.set(agentId, { glance, sign });
      return sign;
    },
  };
}

/** A hook may end it at this very moment: then the look failed. */
async function read(project: Project, agentId: AgentId): Promise<string | undefined> {
  try {
    return await project.logs(agentId, lastLines);
  } catch (error) {
    if (isWorkflowError(error, "AGENT_NOT_FOUND") || isWorkflowError(error, "NO_SESSION")) return undefined;
    throw error;
  }
}
