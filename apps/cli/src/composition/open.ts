export { openProject } from "@wiggum/control-plane";
