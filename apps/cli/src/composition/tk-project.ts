export { openProjectTickets } from "../tk/project-store.js";
