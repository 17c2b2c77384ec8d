import { tickingCommand } from "../../../criterion-command.js";

export default tickingCommand(true);
