#!/usr/bin/env node
// The entry of `tk`.
import { keepCompiled, requireNode, startProgram } from "./start-program.js";

if (requireNode("tk")) {
  keepCompiled();
  startProgram(() => import("./tk-main.js"));
}
