// Starts one agent for the conformance kit, and is then killed by it.
import { runStarter } from "@wiggum/workflow/conformance";
import { createKitRunner } from "./kit-runner.js";

await runStarter(createKitRunner);
