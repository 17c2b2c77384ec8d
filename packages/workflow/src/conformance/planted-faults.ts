import type { AgentRunner } from "../runner.js";
import { type PlantedFault, remembering } from "./fault.js";
import { askFaults } from "./faults-of-asking.js";
import { countingFaults } from "./faults-of-counting.js";
import { glanceFaults } from "./faults-of-glancing.js";
import { observationFaults } from "./faults-of-observing.js";
import { startFaults } from "./faults-of-starting.js";
import { stopFaults } from "./faults-of-stopping.js";
import { messageFaults, outputFaults } from "./faults-of-telling.js";

/**
 * Runners that break one promise each, made from a good one. The kit must fail each of them at exactly the tests that it names, else
 * the kit has a hole or a test that says more than its name.
 */
export const plantedFaults: readonly PlantedFault[] = [
  ...startFaults,
  ...observationFaults,
  ...glanceFaults,
  ...outputFaults,
  ...messageFaults,
  ...stopFaults,
  ...askFaults,
  ...countingFaults,
];

/**
 * The good runner with that fault, for one `createRunner` or `createBlindRunner` of the kit, and the members that differ from the
 * good one's. @throws TypeError there is no such fault
 */
export function plantFault(
  name: string,
  good: AgentRunner,
): { readonly runner: AgentRunner; readonly changed: readonly string[] } {
  const fault = plantedFaults.find((one) => one.name === name);
  if (fault === undefined) throw new TypeError(`There is no planted fault "${name}"`);
  const sound = remembering(good);
  const runner = fault.plant(sound);
  const members = [...new Set([...Object.keys(sound), ...Object.keys(runner)])] as (keyof AgentRunner)[];
  return { runner, changed: members.filter((member) => runner[member] !== sound[member]) };
}
