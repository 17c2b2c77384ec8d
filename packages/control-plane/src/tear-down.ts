import { isWorkflowError } from "@wiggum/workflow";
import type { Project } from "./project.js";
import type { KillOutcome } from "./project-sessions.js";
import { asOnlySupervisor } from "./supervisor-lock.js";
import { noteTornDown } from "./torn-down.js";

/** What `tearDown` ended. */
export interface TearDownOutcome {
  /** In the order in which they were ended. */
  readonly agents: readonly KillOutcome[];
  /** Panes were left when the agents had ended, and were closed. */
  readonly hadPanes: boolean;
}

/** Why a session ended that `tearDown` ended. */
export const tornDown = "teardown";

/** A person, or an agent that is just being ended, may start one more; whoever keeps on starting them is a person's to look at. */
const mostRounds = 5;

/**
 * Ends every agent as `kill` does, then the session of panes. Nobody schedules the project meanwhile, and whoever does is not disturbed. Hooks
 * that are under way or due go on, but start no agent any more.
 * @throws SUPERVISOR_RUNNING nothing was done; AGENT_SURVIVES; RUNNER_FAILED
 */
export async function tearDown(
  project: Project,
  options: { readonly force: boolean },
): Promise<TearDownOutcome> {
  return asOnlySupervisor(
    project.paths,
    () => project.clock.now(),
    async () => {
      const ended: KillOutcome[] = [];
      let hadPanes = false;
      const endPanes = async () => {
        if ((await project.panes?.session()) === undefined) return;
        hadPanes = true;
        await project.panes?.endSession();
      };
      for (let round = 0; round < mostRounds; round += 1) {
        // Before each look, the last one included: an agent that is being ended may still move its ticket.
        await noteTornDown(project, { isFirst: round === 0 });
        const left = await project.agents();
        if (left.length === 0) break;
        for (const { facts } of left) {
          if (facts.session !== undefined) await project.endSession(facts.agentId, tornDown);
        }
        // Before the worktrees: a shell that a person opened in one of these panes may stand in one.
        await endPanes();
        for (const { facts } of left) {
          try {
            ended.push(await project.kill(facts.agentId, options));
          } catch (error) {
            // A hook that was under way has put it away in between.
            if (!isWorkflowError(error, "AGENT_NOT_FOUND")) throw error;
          }
        }
      }
      await endPanes();
      return { agents: ended, hadPanes };
    },
  );
}
