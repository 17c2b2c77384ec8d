import { fileURLToPath } from "node:url";
import type { AgentRunner } from "../runner.js";
import { adoptionTests } from "./adoption-tests.js";
import { askTests } from "./ask-tests.js";
import { costTests } from "./cost-tests.js";
import { glanceTests } from "./glance-tests.js";
import { messageTests } from "./message-tests.js";
import { observationTests } from "./observation-tests.js";
import { outputTests } from "./output-tests.js";
import { type Stage, type StageSettings, withStage } from "./stage.js";
import { startTests } from "./start-tests.js";
import { stopTests } from "./stop-tests.js";

/** What `agentRunnerConformance` is given. */
export interface AgentRunnerConformanceOptions {
  /** Registers a test: that of vitest, node:test, or anything of this shape. */
  readonly test: (name: string, run: () => Promise<void>, timeoutMs?: number) => unknown;
  /** A new runner object over the same host; it must know nothing of what another one did. Short waits make the kit fast. */
  readonly createRunner: () => AgentRunner;
  /** The same runner, all of whose probes fail (it cannot read what runs). */
  readonly createBlindRunner: () => AgentRunner;
  /** Program and arguments of a process that calls `runStarter(createRunner)`; the kit adds one argument. */
  readonly starter: readonly string[];
  /** Program and arguments of the agent that plays the kit's scripts; default: the one of this package, run by this Node. */
  readonly scriptedAgent?: readonly string[] | undefined;
  /**
   * For a runner that puts a text into a file and gives the agent a line that names it: the text that the agent reads then. Gets what
   * came in, and the folder of the inbox file. Default: what came in is the text.
   */
  readonly textOf?: ((received: string, inboxFolder: string) => string) | undefined;
  /** How long the kit waits for what must happen, milliseconds; default 20000. */
  readonly patienceMs?: number | undefined;
}

/** What a group of tests is given. */
export interface Kit {
  /** What the runner says that it can do. */
  readonly supports: AgentRunner["supports"];
  /** Which methods a runner has, to register tests by. */
  readonly sample: AgentRunner;
  /** As the options have it. */
  readonly createRunner: () => AgentRunner;
  /** As the options have it. */
  readonly createBlindRunner: () => AgentRunner;
  /** As the options have it, or what came in. */
  readonly textOf: (received: string, inboxFolder: string) => string;
  /** Registers a test on a stage of its own. */
  readonly test: (name: string, run: (stage: Stage) => Promise<void>) => void;
}

/**
 * Registers the tests that every `AgentRunner` must pass. They start real programs in temporary folders, are independent of each other
 * and may run at the same time; what a runner does not support is not asked of it.
 */
export function agentRunnerConformance(options: AgentRunnerConformanceOptions): void {
  const { createRunner, createBlindRunner, textOf = (received) => received, patienceMs = 20_000 } = options;
  const settings: StageSettings = {
    patienceMs,
    starter: options.starter,
    scriptedAgent: options.scriptedAgent ?? ownScriptedAgent(),
  };
  const sample = createRunner();
  const kit: Kit = {
    supports: sample.supports,
    sample,
    createRunner,
    createBlindRunner,
    textOf,
    test: (name, run) => {
      options.test(name, () => withStage(settings, run), 6 * patienceMs);
    },
  };
  startTests(kit);
  observationTests(kit);
  glanceTests(kit);
  outputTests(kit);
  messageTests(kit);
  stopTests(kit);
  adoptionTests(kit);
  askTests(kit);
  costTests(kit);
}

function ownScriptedAgent(): readonly string[] {
  // From source it is TypeScript, which Node strips; built, it lies beside this file.
  const ending = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const program = fileURLToPath(new URL(`./scripted-agent.${ending}`, import.meta.url));
  return [process.execPath, "--disable-warning=ExperimentalWarning", program];
}
