export { type AgentRunnerConformanceOptions, agentRunnerConformance } from "./agent-runner.js";
export { ConformanceFailure } from "./assertions.js";
export type { PlantedFault } from "./fault.js";
export { plantedFaults, plantFault } from "./planted-faults.js";
export { type AgentReport, kitFolderVariable, type Script, type Step } from "./script.js";
export { runStarter, type StartRequest } from "./starter.js";
