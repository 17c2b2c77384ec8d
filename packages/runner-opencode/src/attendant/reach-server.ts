import { setTimeout as sleep } from "node:timers/promises";
import { type Connection, connect } from "../connection.js";
import { openCodeFailed, serverUnreachable, wrongPassword } from "../errors.js";
import { createServerRunner, keepServer } from "../server/keep-server.js";
import type { AttendantPlan } from "../session-files.js";

export interface ReachedServer {
  readonly connection: Connection;
  /** `new` = another one than the one before: whatever that did has ended. `unsure` = nobody knows whether it is. */
  readonly since: "same" | "new" | "unsure";
}

/** So often a server may end without any work done in between. */
const maxFruitlessStarts = 4;
const foreignPauseMs = 1_000;

/**
 * Finds the server, or starts it anew where it is the project's own and has ended. `worked` is told of progress between two calls.
 * @throws RUNNER_FAILED it does not stay
 */
export function createServerFinder(plan: Pick<AttendantPlan, "server" | "directory">, signal: AbortSignal) {
  const runner = createServerRunner();
  let generation: number | undefined;
  let fruitless = 0;
  let isKnown = false;

  async function reachKept(
    order: Extract<AttendantPlan["server"], { kind: "kept" }>["order"],
  ): Promise<ReachedServer> {
    const server = await keepServer(order, runner);
    const isNew = generation !== undefined && server.generation !== generation;
    generation = server.generation;
    fruitless = isNew ? fruitless + 1 : fruitless;
    if (fruitless > maxFruitlessStarts) {
      throw openCodeFailed(`The OpenCode server ended ${fruitless} times without any work done in between`, {
        hint: "What it runs may end it: its own log lies with the sessions of OpenCode in the project's state folder.",
      });
    }
    return { connection: connect(server, plan.directory), since: isNew ? "new" : "same" };
  }

  async function reachForeign(address: {
    readonly url: string;
    readonly password: string;
  }): Promise<ReachedServer> {
    const connection = connect(address, plan.directory);
    for (;;) {
      const who = await connection.probe();
      if (who === "foreign") throw wrongPassword(address.url);
      if (who === "ours") {
        const since = isKnown ? "unsure" : "same";
        isKnown = true;
        return { connection, since };
      }
      // One that never answered is a mistake; one that did may come back.
      if (!isKnown) throw serverUnreachable(address.url, undefined);
      await sleep(foreignPauseMs, undefined, { signal });
    }
  }

  return {
    reach: () => (plan.server.kind === "kept" ? reachKept(plan.server.order) : reachForeign(plan.server)),
    worked() {
      fruitless = 0;
    },
  };
}
