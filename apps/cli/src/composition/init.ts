export { initProject } from "@wiggum/control-plane";
