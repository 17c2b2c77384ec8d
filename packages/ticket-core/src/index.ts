import { provideParsers } from "./parser-port.js";
import * as parsers from "./parsers.js";

export * from "./light.js";
export * from "./memory-backend.js";

// Whoever imports the root can read every text at once.
provideParsers(() => parsers);
