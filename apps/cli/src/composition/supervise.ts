export { explainSupervision, superviseProject } from "@wiggum/control-plane";
