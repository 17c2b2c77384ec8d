import type { PlantedFault } from "./fault.js";
import { startFaults, stopFaults } from "./faults-of-doing.js";
import { messageFaults, observationFaults, outputFaults } from "./faults-of-telling.js";

/**
 * Runners that break one promise each, made from a good one. The kit must fail each of them at exactly the tests that it names, else
 * the kit has a hole or a test that says more than its name.
 */
export const plantedFaults: readonly PlantedFault[] = [
  ...startFaults,
  ...observationFaults,
  ...outputFaults,
  ...messageFaults,
  ...stopFaults,
];

/** @throws TypeError there is no such fault */
export function plantedFault(name: string): PlantedFault {
  const fault = plantedFaults.find((one) => one.name === name);
  if (fault === undefined) throw new TypeError(`There is no planted fault "${name}"`);
  return fault;
}
