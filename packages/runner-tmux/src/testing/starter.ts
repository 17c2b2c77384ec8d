// Starts one agent for the conformance kit, and is then killed by it. An argument before the kit's own names a planted fault.
import { plantFault, runStarter } from "@wiggum/workflow/conformance";
import { createKitRunner } from "./kit-runner.js";

const fault = process.argv[2];
await runStarter(() =>
  fault === undefined || process.argv.length < 4
    ? createKitRunner()
    : plantFault(fault, createKitRunner()).runner,
);
