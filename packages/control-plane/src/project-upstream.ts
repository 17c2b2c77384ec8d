import {
  createUplink,
  type RefusedOperation,
  type Uplink,
  type UplinkReport,
  type UplinkStatus,
} from "@wiggum/ticket-backend-git";
import { createJudge, isTicketError, printable, type SyncDirection } from "@wiggum/ticket-core";
import { isWorkflowError } from "@wiggum/workflow";
import { sendKept } from "./kept-messages.js";
import type { ProjectParts } from "./project-parts.js";
import { resolveUpstream } from "./upstream-address.js";
import { isSyncDue } from "./upstream-wake.js";

/** How the caller's sync is made. */
export interface UpstreamSyncOptions {
  /** Default `both`. */
  readonly direction?: SyncDirection | undefined;
}

/** The tie to the upstream of this project's tickets. */
export interface ProjectUpstream {
  /**
   * Exchanges with the upstream. Agents whose claims were refused are told.
   * @throws OFFLINE UPSTREAM_UNUSABLE STORE_BUSY COMMIT_UNKNOWN
   */
  sync(options?: UpstreamSyncOptions): Promise<UplinkReport>;
  /**
   * The same if the interval has passed since the last try (or `isDue`), and nobody else is at it. `undefined` = it was not due, or the upstream did not
   * answer: that is noted for `status`, and said once by `notify`.
   */
  syncIfDue(isDue?: boolean): Promise<UplinkReport | undefined>;
  /** As far as is known without asking the upstream. */
  status(): Promise<UplinkStatus>;
  /** A person has seen these refused operations. */
  settle(operationIds: readonly string[]): Promise<void>;
}

/** What a sync that nobody asked for may end with, and goes on without. */
const passing = ["OFFLINE", "UPSTREAM_UNUSABLE", "STORE_BUSY", "STORE_LOCKED"] as const;

/** Nobody waits long for an upstream before an agent starts. */
const longestUnaskedMs = 10_000;

export async function createProjectUpstream(parts: ProjectParts): Promise<ProjectUpstream> {
  const { settings, paths, types, clock, notify } = parts;
  if (settings.upstream === undefined) throw new Error("There is no upstream in the settings");
  const { branch, timeoutMs } = settings.upstream;
  const url = await resolveUpstream(parts.git, paths.root, settings.upstream);
  const open = (networkTimeoutMs: number): Uplink =>
    createUplink({
      root: paths.ticketStore,
      judge: createJudge(types),
      upstream: { url, branch },
      now: () => clock.now(),
      networkTimeoutMs,
    });
  const uplink = open(timeoutMs);

  async function done(report: UplinkReport): Promise<UplinkReport> {
    for (const refused of report.refused) await tellHolders(parts, refused);
    return report;
  }

  return {
    sync: async ({ direction } = {}) => done(await uplink.sync({ direction })),
    async syncIfDue(isDue = isSyncDue(parts)) {
      if (!isDue) return undefined;
      const wasFailing = uplink.status().failure !== undefined;
      try {
        return await done(await open(Math.min(timeoutMs, longestUnaskedMs)).sync({ waitMs: 0 }));
      } catch (error) {
        if (!passing.some((code) => isTicketError(error, code))) throw error;
        const isNews = !wasFailing && !isTicketError(error, "STORE_BUSY");
        if (isNews) notify(`${(error as Error).message}; work goes on here, and is sent when it answers`);
        return undefined;
      }
    },
    status: async () => uplink.status(),
    settle: async (operationIds) => uplink.settle(operationIds),
  };
}

/** The agents that a refused claim was for, if they are at work here. What they write is refused as well; this tells them why. */
async function tellHolders(parts: ProjectParts, { claims, reason }: RefusedOperation): Promise<void> {
  for (const { id, holder } of claims) {
    const agent = holder === undefined ? undefined : await parts.registry.read(holder);
    if (agent === undefined || !agent.isLive || agent.ticketId !== id) continue;
    const text = `Your claim of ${id} was refused by the upstream: ${reason}. Stop working on it; nothing that you write to it counts.`;
    try {
      await sendKept(parts, agent, { from: "wiggum", text });
    } catch (error) {
      // Its next command tells it, too.
      if (!isWorkflowError(error)) throw error;
      parts.notify(`${printable(agent.agentId)} could not be told: ${error.message}`);
    }
  }
}
