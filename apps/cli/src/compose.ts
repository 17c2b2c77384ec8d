import type { Composition } from "./context.js";
import { openComposed } from "./open-composed.js";

/**
 * The only wiring: which runner, which project, which supervisor. Each part is loaded by the first command that asks for it, through a file of its
 * own that names what it takes: of a package that is loaded whole nothing could be left out of the bundle.
 */
export const composition: Composition = {
  openProject: openComposed(new URL(import.meta.url), () => import("./composition/open.js")),
  async initProject(flags, host) {
    const { initProject } = await import("./composition/init.js");
    return await initProject({ ...flags, cwd: host.workingDirectory, environment: host.environment });
  },
  async planInit(flags, host) {
    const { planInit } = await import("./composition/init.js");
    return await planInit({ ...flags, cwd: host.workingDirectory, environment: host.environment });
  },
  async supervise(project, options) {
    const { superviseProject } = await import("./composition/supervise.js");
    return await superviseProject(project, options);
  },
  async explainSupervision(project) {
    const { explainSupervision } = await import("./composition/supervise.js");
    return await explainSupervision(project);
  },
  async tearDown(project, options) {
    const { tearDown } = await import("./composition/tear-down.js");
    return await tearDown(project, options);
  },
};
