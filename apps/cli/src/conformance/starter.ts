// A process that starts one agent with the runner of a module, and is then killed by the kit. Arguments: the module, then the kit's own.
import { runStarter } from "@wiggum/workflow/conformance";
import { loadModule, runnerModuleOf } from "./load-module.js";

const path = process.argv[2] ?? "";
const { createRunner } = runnerModuleOf(await loadModule(path), path);
await runStarter(createRunner);
