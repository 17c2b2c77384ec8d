// Loaded before a program (`node --import`): writes the most memory that it held, in kilobytes, to descriptor 3.
import { writeSync } from "node:fs";

process.once("exit", () => {
  writeSync(3, String(process.resourceUsage().maxRSS));
});
