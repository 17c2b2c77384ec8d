export { openProject } from "@wiggum/control-plane";
export { createProcessRunner } from "@wiggum/runner-process";
