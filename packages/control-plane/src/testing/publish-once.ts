// Brings the work of a project to where its settings say, once, in a process of its own.
import { openProject } from "../open-project.js";
import { createProjectPublisher } from "../publish/project-publisher.js";

const [root = ""] = process.argv.slice(2);
const project = await openProject(root, { isSupervisor: true });
await createProjectPublisher(project)?.pass(({ what }) => console.log(what));
await project.close();
