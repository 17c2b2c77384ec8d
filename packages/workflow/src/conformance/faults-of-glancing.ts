import type { PlantedFault } from "./fault.js";

const rule = "glance: the same while nothing happens; another after it printed, and after its end";

export const glanceFaults: readonly PlantedFault[] = [
  {
    name: "glances away",
    breaks: [rule],
    plant: (good) => ({ ...good, glance: async ({ agentId }) => agentId }),
  },
  {
    name: "never glances the same twice",
    breaks: [rule],
    plant: (good) => {
      let glances = 0;
      return {
        ...good,
        glance: async () => {
          glances += 1;
          return String(glances);
        },
      };
    },
  },
];
