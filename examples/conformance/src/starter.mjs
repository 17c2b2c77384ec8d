import { runStarter } from "@wiggum/workflow/conformance";
import { createRunner } from "./runner.mjs";

await runStarter(createRunner);
