export { initProject, planInit } from "@wiggum/control-plane";
