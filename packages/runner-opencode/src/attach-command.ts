import { join } from "node:path";
import type { AgentHandle, AgentRunner } from "@wiggum/workflow";
import { requireSession } from "./find-connection.js";
import type { AttendantPlan } from "./session-files.js";
import { writeWhole } from "./write-whole.js";

/** The password is read from a file: arguments can be seen by everybody on the machine. */
const script =
  'OPENCODE_SERVER_PASSWORD="$(cat "$1")" && export OPENCODE_SERVER_PASSWORD && shift && exec "$@"';

/** Program and arguments that show the agent's session in OpenCode's own terminal interface. @throws RUNNER_FAILED it has none now */
export async function attachCommand(
  plan: AttendantPlan,
  handle: AgentHandle,
  servers: AgentRunner,
): Promise<readonly string[]> {
  const { connection, record } = await requireSession(plan, handle, servers);
  const secret = join(plan.stateDirectory, "opencode-password");
  await writeWhole(secret, connection.address.password);
  const program = plan.server.kind === "kept" ? plan.server.order.program : plan.command.program;
  const { url } = connection.address;
  const words = [program, "attach", url, "--dir", plan.directory, "--session", record.sessionId];
  return ["/bin/sh", "-c", script, "wiggum-attach", secret, ...words];
}
