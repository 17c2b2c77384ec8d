/** Flat settings (`config.sh`, environment, flags) and structured ones (`config.yaml`), after precedence and defaults. */
export interface Settings {
  readonly session: string;
  readonly maxAgents: number;
  readonly pollIntervalMs: number;
  /** Program and arguments that start an agent. */
  readonly agentCommand: readonly string[];
  readonly layout: string;
  readonly editor: string;
  readonly isAutoSync: boolean;
  readonly onChange: "target" | "any" | "none";
  readonly merge: "manual" | "auto";
  /** Name of the branch that finished work goes to; absent = `origin/HEAD`'s name, else `main`. */
  readonly baseBranch?: string | undefined;
  readonly worktreesDirectory?: string | undefined;
  readonly worktree: {
    readonly copy: readonly string[];
    readonly link: readonly string[];
    /** Program and arguments, run in a new worktree. */
    readonly setUp?: readonly string[] | undefined;
    readonly setUpTimeoutMs: number;
    /** Globs of ignored files that can be made again and need no salvage. */
    readonly regenerable: readonly string[];
  };
  /** Programs (with arguments) that must pass on the combined tree before the base branch moves. */
  readonly checks: readonly (readonly string[])[];
  readonly checkTimeoutMs: number;
  readonly hookTimeoutMs: number;
  readonly startTimeoutMs: number;
  /** Silence after which a claim is taken for lost, milliseconds. */
  readonly leaseMs: number;
  /** Failed sessions of one ticket after which a person must act. */
  readonly maxAttempts: number;
  /** Review or QA rounds after which a person must act. */
  readonly maxRounds: number;
  readonly isQuiet: boolean;
  readonly isVerbose: boolean;
}
