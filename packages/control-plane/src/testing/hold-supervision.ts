// Takes a project's place of the supervisor in a process of its own and keeps it, or prints what it was refused with.
import { isWorkflowError } from "@wiggum/workflow";
import { type ProjectRoot, projectPaths } from "../project-paths.js";
import { asOnlySupervisor } from "../supervisor-lock.js";

const [root = ""] = process.argv.slice(2);
const now = new Date();
try {
  await asOnlySupervisor(
    projectPaths(root as ProjectRoot),
    () => now,
    () => {
      console.log(now.toISOString());
      return new Promise((resolve) => setTimeout(resolve, 120_000));
    },
  );
} catch (error) {
  if (!isWorkflowError(error, "SUPERVISOR_RUNNING")) throw error;
  console.log(JSON.stringify(error.data));
}
