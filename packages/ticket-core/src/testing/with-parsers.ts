// Tests import single files: here they get what the root of the package provides.
import { provideParsers } from "../parser-port.js";
import * as parsers from "../parsers.js";

provideParsers(() => parsers);
