export { tearDown } from "@wiggum/control-plane";
