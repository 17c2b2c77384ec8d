// Brings the work of a project to where its settings say, once, in a process of its own.
import { openProject } from "../open-project.js";

const [root = ""] = process.argv.slice(2);
const project = await openProject(root, { isSupervisor: true });
for (const line of (await project.publishing?.pass()) ?? []) console.log(line);
await project.close();
