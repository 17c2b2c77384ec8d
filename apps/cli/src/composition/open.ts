export { openProject } from "@wiggum/control-plane";
export { chooseRunner } from "../choose-runner.js";
