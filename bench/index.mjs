// `pnpm bench`: figures and races. Ratios are taken within one run; machines are noisy, so no gate reads them.
import { printImport } from "./import.mjs";
import { printRace, runRace } from "./race.mjs";
import { printStartUp } from "./start-up.mjs";
import { printTk } from "./tk.mjs";

printStartUp();
console.log("");
printImport();
console.log("");
printTk();
console.log("");
const result = await runRace({ processes: 32, seed: 1 });
printRace(result);
process.exitCode = result.findings.length === 0 ? 0 : 1;
await result.cleanUp();
