import type { Composition } from "./context.js";
import { exitCodes } from "./exit-codes.js";

/** The only wiring: which runner, which project, which supervisor. Each part is loaded by the first command that asks for it. */
export const composition: Composition = {
  async openProject(options, host) {
    const [{ openProject }, { chooseRunner }] = await Promise.all([
      import("@wiggum/control-plane"),
      import("./choose-runner.js"),
    ]);
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
    });
  },
  async initProject(flags, host) {
    const { initProject } = await import("@wiggum/control-plane");
    return await initProject({ ...flags, cwd: host.workingDirectory, environment: host.environment });
  },
  async supervise(project, options) {
    const { superviseProject } = await import("@wiggum/control-plane");
    return await superviseProject(project, options);
  },
  async explainSupervision(project) {
    const { explainSupervision } = await import("@wiggum/control-plane");
    return await explainSupervision(project);
  },
};
