import { statSync } from "node:fs";
import type { Composition } from "./context.js";
import { exitCodes } from "./exit-codes.js";
import { version } from "./version.js";

/**
 * The only wiring: which runner, which project, which supervisor. Each part is loaded by the first command that asks for it, through a file of its
 * own that names what it takes: of a package that is loaded whole nothing could be left out of the bundle.
 */
export const composition: Composition = {
  async openProject(options, host) {
    const { chooseRunner, openProject } = await import("./composition/open.js");
    return await openProject(host.workingDirectory, {
      runner: (place) => chooseRunner(place, options, host),
      environment: host.environment,
      wiggumCommand: host.program,
      flags: {
        session: options.session,
        runner: options.runner,
        configPath: options.config,
        isQuiet: options.quiet ? true : undefined,
        isVerbose: options.verbose ? true : undefined,
      },
      isSupervisor: options.isSupervisor,
      isExamined: options.isExamined,
      notify: options.notify,
      exitCodes,
      programIdentity: programIdentity(),
    });
  },
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

/** Tells this build from every other: the bundle's main file names all its other files by their content. */
function programIdentity(): string {
  const { ino, size, mtimeNs } = statSync(new URL(import.meta.url), { bigint: true });
  return `wiggum ${version} ${ino} ${size} ${mtimeNs}`;
}
