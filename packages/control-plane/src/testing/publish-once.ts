// Brings the work of a project to where its settings say, once, in a process of its own.
import { openProject } from "../open-project.js";

const [root = ""] = process.argv.slice(2);
const project = await openProject(root, { isSupervisor: true });
await project.publishing?.pass(({ what }) => console.log(what));
await project.close();
