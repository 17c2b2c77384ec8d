// The commands that agents and hooks run all the time, with the least that they need. What is typed plainly is read and run here; every other command line
// goes to the whole program, before anything was done.
import { createRequire } from "node:module";
import { provideParsers } from "@wiggum/ticket-core";
import type { CliCommand } from "./command.js";
import blocked from "./commands/ticket/blocked.js";
import claim from "./commands/ticket/claim.js";
import comment from "./commands/ticket/comment.js";
import feedback from "./commands/ticket/feedback.js";
import list from "./commands/ticket/list.js";
import ready from "./commands/ticket/ready.js";
import show from "./commands/ticket/show.js";
import transition from "./commands/ticket/transition.js";
import { chooseRunner, openProject } from "./composition/open.js";
import type { Composition } from "./context.js";
import { processHost } from "./host.js";
import type { hotWords } from "./hot-words.js";
import { openComposed } from "./open-composed.js";
import { readPlainly } from "./parse-plainly.js";
import { runCommand } from "./run-command.js";
import { toTheEnd } from "./to-the-end.js";

const commands: Readonly<Record<(typeof hotWords)[number], CliCommand>> = {
  ready,
  list,
  show,
  blocked,
  transition,
  claim,
  comment,
  feedback,
};

// As in main.ts: only what cannot be read otherwise loads them.
provideParsers(() => createRequire(import.meta.url)("./parsers.js"));

/** The whole program. */
const whole = () => import("./main.js");

const composition: Composition = {
  openProject: openComposed(new URL("./main.js", import.meta.url), () => ({ chooseRunner, openProject })),
  initProject: async (...given) => (await whole()).composition.initProject(...given),
  planInit: async (...given) => (await whole()).composition.planInit(...given),
  supervise: async (...given) => (await whole()).composition.supervise(...given),
  explainSupervision: async (...given) => (await whole()).composition.explainSupervision(...given),
  tearDown: async (...given) => (await whole()).composition.tearDown(...given),
};

/** Runs the command line of this process, `ticket` and one of the hot words, and returns its exit number. */
export async function main(): Promise<number> {
  const [group = "", word = "", ...rest] = process.argv.slice(2);
  const command = commands[word as keyof typeof commands];
  if (readPlainly(command, rest) === undefined) return await (await whole()).main();
  const host = processHost(composition);
  const words = [group, word];
  const exitCode = await runCommand(command, {
    host,
    words,
    synopsis: async () => (await whole()).synopsisOf(words),
    options: {},
    rest,
    commands: {},
  });
  return await toTheEnd(host, exitCode);
}
