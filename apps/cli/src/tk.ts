#!/usr/bin/env node
// The entry of `tk`.
import { requireNode, startProgram } from "./start-program.js";

if (requireNode("tk")) startProgram(() => import("./tk-main.js"));
