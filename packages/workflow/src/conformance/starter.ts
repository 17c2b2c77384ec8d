import { existsSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { isWorkflowError } from "../errors.js";
import type { AgentOrder, AgentRunner } from "../runner.js";

/** What the kit asks a starter process for. */
export interface StartRequest {
  readonly order: AgentOrder;
  /** Start only when this file is there. */
  readonly barrier?: string | undefined;
}

/**
 * The body of a starter program: starts the agent that the file named by its last argument describes, prints the handle as one line of
 * JSON, and stays until it is killed. The kit kills it to see what becomes of its agent.
 */
export async function runStarter(createRunner: () => AgentRunner): Promise<void> {
  setTimeout(() => process.exit(0), 180_000);
  const { order, barrier } = JSON.parse(readFileSync(process.argv.at(-1) ?? "", "utf8")) as StartRequest;
  const runner = createRunner();
  console.log(JSON.stringify("ready"));
  while (barrier !== undefined && !existsSync(barrier)) await sleep(1);
  try {
    console.log(JSON.stringify({ handle: await runner.start(order) }));
  } catch (error) {
    console.log(JSON.stringify({ error: isWorkflowError(error) ? error.code : String(error) }));
  }
}
