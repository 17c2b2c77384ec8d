import { spawnSync } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { parseArgs } from "node:util";
import { findOpenCode } from "@wiggum/example-scripted-model/open-code";
import { tickets } from "./tickets.mjs";

export const usage = `Usage: npm run demo -- [options]

  --seed N      another order of tickets and another moment for the crash (default 0)
  --agents N    agents at a time (default: WIGGUM_MAX_AGENTS, else 3)
  --agent CMD   a real agent instead of the demo's own: claude, codex, opencode or any command (it must be logged in; a model costs money)
  --prompt FILE text that is added to the prompt of each role, with --agent
  --runner R    where agents run: process (default), or tmux, in panes; at a terminal they are shown, C-b d takes you back;
                or opencode, as sessions of a real OpenCode server; without --agent with a scripted model, so that it costs nothing
  --keep        keep the project folder and print where it is
  --no-crash    do not kill a worker on the way
  --kill-run N  kill \`wiggum run\` with SIGKILL N times on the way and start it again (default 0)
  --without KEY leave the ticket of one change out (slugify, release, ...): the demo must say so and fail
  --help        this text`;

export function readOptions(args) {
  const { values } = parseArgs({
    args,
    allowNegative: true,
    options: {
      seed: { type: "string", default: "0" },
      agents: { type: "string", default: process.env.WIGGUM_MAX_AGENTS ?? "3" },
      agent: { type: "string" },
      prompt: { type: "string" },
      runner: { type: "string", default: "process" },
      keep: { type: "boolean", default: false },
      crash: { type: "boolean" },
      "kill-run": { type: "string", default: "0" },
      without: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  // Who asks for help gets it, whatever else was typed.
  if (values.help) return values;
  const seed = Number(values.seed);
  const agents = Number(values.agents);
  if (!Number.isInteger(seed) || seed < 0)
    throw new Error(`--seed takes a whole number from 0, not ${values.seed}`);
  if (!Number.isInteger(agents) || agents < 1)
    throw new Error(`--agents takes a whole number from 1, not ${values.agents}`);
  const kills = Number(values["kill-run"]);
  if (!Number.isInteger(kills) || kills < 0)
    throw new Error(`--kill-run takes a whole number from 0, not ${values["kill-run"]}`);
  if (!["process", "tmux", "opencode"].includes(values.runner))
    throw new Error(`--runner takes process, tmux or opencode, not ${values.runner}`);
  if (values.runner === "opencode" && values.agent === undefined && findOpenCode() === undefined)
    throw new Error(
      "--runner opencode needs OpenCode, which is not installed: 'node scripts/install-agents.mjs' does that",
    );
  if (values.runner === "tmux" && spawnSync("tmux", ["-V"]).status !== 0)
    throw new Error("--runner tmux needs tmux, which is not installed");
  const keys = tickets.map(({ key }) => key);
  if (values.without !== undefined && !keys.includes(values.without))
    throw new Error(`--without takes one of ${keys.join(", ")}, not ${values.without}`);
  if (values.agent !== undefined) requireProgram(values.agent);
  if (values.prompt !== undefined && values.agent === undefined)
    throw new Error("--prompt goes with --agent: the demo's own agents read no prompt");
  // A real agent has been paid for what it did: it is killed only where somebody asks for that.
  const crash = values.crash ?? (values.agent === undefined && values.runner !== "opencode");
  return { ...values, seed, agents, kills, crash };
}

/** Before anything is copied or filed: what cannot be started ends the demo with one sentence. */
function requireProgram(command) {
  const [word = ""] = command.trim().split(/\s+/);
  const program = word.replace(/^(["'])(.*)\1$/, "$2");
  if (program === "") throw new Error("--agent takes a command, not nothing");
  if (program.includes("/") && !isAbsolute(program))
    throw new Error(`--agent takes a command on PATH or a whole path, not ${program}`);
  const folders = isAbsolute(program) ? [""] : (process.env.PATH ?? "").split(delimiter);
  if (!folders.some((folder) => isProgram(join(folder, program))))
    throw new Error(`--agent: there is no program ${program}${isAbsolute(program) ? "" : " on PATH"}`);
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
