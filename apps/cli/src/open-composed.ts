import { statSync } from "node:fs";
import type { Composition } from "./context.js";
import { exitCodes } from "./exit-codes.js";
import { version } from "./version.js";

type Parts = typeof import("./composition/open.js");

/** Opens projects for the command whose main file this is, with the parts that are loaded then. */
export function openComposed(mainFile: URL, load: () => Parts | Promise<Parts>): Composition["openProject"] {
  return async (options, host) => {
    const { chooseRunner, openProject } = await load();
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
      programIdentity: programIdentity(mainFile),
    });
  };
}

/** Tells this build from every other: the main file names most other files by their content, and all are written anew by each build. */
function programIdentity(mainFile: URL): string {
  const { ino, size, mtimeNs } = statSync(mainFile, { bigint: true });
  return `wiggum ${version} ${ino} ${size} ${mtimeNs}`;
}
