import type { Connection, MessageWithParts, OpenCodeSession } from "../connection.js";
import type { AttendantPlan } from "../session-files.js";
import { emptyView, type SessionView, withReading } from "./session-view.js";

/** A session may start sessions, these others: deeper ones are not looked for. */
const maxDepth = 8;

/**
 * Reads what is known of the session, and makes it where it is not there (any more): all of it, or what somebody may be waiting for. What was
 * known before stays where reading says nothing.
 * @throws CallFailed
 */
export async function readSession(
  connection: Connection,
  sessionId: string | undefined,
  plan: Pick<AttendantPlan, "title" | "rules">,
  known: SessionView | undefined,
  depth: "all" | "requests",
): Promise<{ readonly view: SessionView; readonly messages: readonly MessageWithParts[] }> {
  const found = sessionId === undefined ? undefined : await connection.find(sessionId);
  const root = found ?? (await connection.create(plan.title, plan.rules));
  const before = known !== undefined && known.root === root.id ? known : emptyView(root.id);
  const family = await withDescendants(connection, root);
  const [statuses, permissions, questions, todos, messages] = await Promise.all([
    connection.statuses(),
    connection.permissions(),
    connection.questions(),
    depth === "all" ? connection.todos(root.id) : before.todos,
    // The biggest part of it, and needed only where events were missed.
    depth === "all" ? connection.messages(root.id) : [],
  ]);
  const status = statuses[root.id] ?? { type: "idle" as const };
  return { view: { ...withReading(before, { family, status, permissions, questions }), todos }, messages };
}

async function withDescendants(
  connection: Connection,
  session: OpenCodeSession,
  depth = 0,
): Promise<readonly OpenCodeSession[]> {
  if (depth === maxDepth) return [session];
  const children = await connection.children(session.id);
  const below = await Promise.all(children.map((child) => withDescendants(connection, child, depth + 1)));
  return [session, ...below.flat()];
}
