import type { AgentHandle, AgentRunner } from "@wiggum/workflow";
import { type Connection, connect } from "./connection.js";
import { notAttendedYet } from "./errors.js";
import { findServer } from "./server/keep-server.js";
import { type AttendantPlan, type OpenCodeSessionRecord, readRecord } from "./session-files.js";

/** The server of an agent, without starting one. Absent = it does not run. */
export async function findConnection(
  plan: AttendantPlan,
  servers: AgentRunner,
): Promise<Connection | undefined> {
  if (plan.server.kind === "foreign") return connect(plan.server, plan.directory);
  const server = await findServer(plan.server.order, servers);
  return server === undefined ? undefined : connect(server, plan.directory);
}

/** @throws RUNNER_FAILED it has no session yet, or its server does not run */
export async function requireSession(
  plan: AttendantPlan,
  handle: AgentHandle,
  servers: AgentRunner,
): Promise<{ readonly connection: Connection; readonly record: OpenCodeSessionRecord }> {
  const connection = await findConnection(plan, servers);
  const record = await readRecord(plan.stateDirectory);
  if (connection === undefined || record === undefined) throw notAttendedYet(handle.agentId);
  return { connection, record };
}
