import { createProcessRunner } from "@wiggum/runner-process";
import { initProject } from "../init.js";
import { type OpenProjectOptions, openProject } from "../open-project.js";
import type { Project } from "../project.js";
import { type ProjectPaths, type ProjectRoot, projectPaths } from "../project-paths.js";
import { smallWiggumCommand } from "./small-wiggum-command.js";
import { type TemporaryRepository, temporaryRepository } from "./temporary-repository.js";

/** A project of its own for one test. */
export interface ProjectFixture {
  readonly repository: TemporaryRepository;
  readonly paths: ProjectPaths;
  /** Opens it as the command would; closed with the fixture. */
  open(folder?: string, options?: OpenProjectOptions): Promise<Project>;
  /** Files a ticket and answers its id. */
  create(project: Project, title?: string): Promise<string>;
  /** Ends all agents and removes everything. */
  remove(): Promise<void>;
}

/** `agent` = the command that starts agents. */
export async function projectFixture(agent = "true"): Promise<ProjectFixture> {
  const repository = temporaryRepository();
  await initProject({ cwd: repository.root, environment: repository.environment, agent });
  const opened: Project[] = [];
  return {
    repository,
    paths: projectPaths(repository.root as ProjectRoot),
    async open(folder = repository.root, options = {}) {
      const project = await openProject(folder, {
        environment: repository.environment,
        runner: createProcessRunner(),
        wiggumCommand: smallWiggumCommand,
        ...options,
      });
      opened.push(project);
      return project;
    },
    async create(project, title = "A ticket") {
      const record = await project.write(undefined, (context) => project.tickets.create({ title }, context));
      return record.ticket.id;
    },
    async remove() {
      for (const project of opened) {
        for (const { facts } of await project.agents().catch(() => [])) {
          await project.kill(facts.agentId, { force: true });
        }
        await project.close();
      }
      await repository.remove();
    },
  };
}
