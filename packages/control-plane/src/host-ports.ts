import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { AgentId } from "@wiggum/workflow";

/** Who holds which port among all projects of one person on this host. */
export interface HostPorts {
  /** Takes a port for an agent of this project; `false` = an agent of another project holds it. */
  take(port: number, agentId: AgentId): boolean;
}

const schema = `
CREATE TABLE IF NOT EXISTS ports (port INTEGER PRIMARY KEY, registry TEXT NOT NULL, agent_id TEXT NOT NULL) STRICT`;
/** SQLite waits for another process for so long; a transaction takes a few milliseconds. */
const patienceMs = 5_000;

/**
 * A file in the person's state folder that names, for each port, the project and agent that took it. Whether that agent still holds it says the
 * registry of its project: nothing has to be given back, and a project that was deleted holds nothing. Where there is no home, or it cannot be
 * written, only what listens is known.
 * @param registry path of this project's own registry
 */
export function openHostPorts(
  environment: Readonly<Record<string, string | undefined>>,
  registry: string,
): HostPorts {
  const path = hostPortsFile(environment);
  return {
    take(port, agentId) {
      const database = path === undefined ? undefined : open(path);
      if (database === undefined) return true;
      try {
        database.exec("BEGIN IMMEDIATE");
        const row = database.prepare("SELECT registry, agent_id FROM ports WHERE port = ?").get(port);
        const other = row === undefined ? undefined : String(row["registry"]);
        const isFree =
          other === undefined || other === registry || !holds(other, port, String(row?.["agent_id"]));
        if (isFree)
          database.prepare("INSERT OR REPLACE INTO ports VALUES (?, ?, ?)").run(port, registry, agentId);
        database.exec("COMMIT");
        return isFree;
      } finally {
        database.close();
      }
    },
  };
}

export function hostPortsFile({
  XDG_STATE_HOME = "",
  HOME = "",
}: Readonly<Record<string, string | undefined>>): string | undefined {
  if (XDG_STATE_HOME.startsWith("/")) return join(XDG_STATE_HOME, "wiggum", "ports.db");
  return HOME.startsWith("/") ? join(HOME, ".local", "state", "wiggum", "ports.db") : undefined;
}

function open(path: string): DatabaseSync | undefined {
  let database: DatabaseSync | undefined;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    database = new DatabaseSync(path, { timeout: patienceMs });
    database.exec(schema);
    return database;
  } catch {
    // A home that cannot be written, or a file that is none of ours: the port is still tried before it is given out.
    database?.close();
    return undefined;
  }
}

/** Does the registry of another project say that its agent has that port? */
function holds(registry: string, port: number, agentId: string): boolean {
  if (!existsSync(registry)) return false;
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(registry, { readOnly: true, timeout: patienceMs });
    return (
      database.prepare("SELECT 1 FROM ports WHERE port = ? AND agent_id = ?").get(port, agentId) !== undefined
    );
  } catch {
    // Nobody knows: then it is not given out twice.
    return true;
  } finally {
    database?.close();
  }
}
