/** Flat settings (`config.sh`, environment, flags) and structured ones (`config.yaml`), after precedence and defaults. */
export interface Settings extends FlatSettings, StructuredSettings {}

/** One value each; the environment and flags may replace them. Read by `read-settings.ts`. */
export interface FlatSettings {
  readonly session: string;
  readonly maxAgents: number;
  readonly pollIntervalMs: number;
  /** Program and arguments that start an agent. */
  readonly agentCommand: readonly string[];
  /** Where agents run: `auto` = in panes of tmux where a person at a terminal starts them and tmux is there, else as child processes. */
  readonly runner: "auto" | "process" | "tmux";
  /** The tmux server: one of the project's own, or the person's. */
  readonly tmuxSocket: "private" | "default";
  readonly layout: string;
  readonly editor: string;
  /** How text is typed into an agent that a person watches. */
  readonly editorMode: "auto" | "normal" | "vim";
  readonly isAutoSync: boolean;
  readonly onChange: "target" | "any" | "none";
  readonly merge: "manual" | "auto";
  readonly isQuiet: boolean;
  readonly isVerbose: boolean;
}

/** What only `config.yaml` says. Read by `config-yaml.ts`. */
export interface StructuredSettings {
  /** Name of the branch that finished work goes to; absent = `origin/HEAD`'s name, else `main`. */
  readonly baseBranch?: string | undefined;
  /** Name of the agent profile of `WIGGUM_AGENT_CMD`; absent = the one that names its program. */
  readonly agentProfile?: string | undefined;
  /** Absolute; absent = `worktrees` in the main root. */
  readonly worktreesDirectory?: string | undefined;
  readonly worktree: {
    /** Globs, from the main root, of files that every new worktree gets a copy of. */
    readonly copy: readonly string[];
    /** The same, as symbolic links to the main root's. */
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
  /** Where the tickets of several hosts meet; absent = they are on this host alone. */
  readonly upstream?: UpstreamSettings | undefined;
  /** Failed sessions of one ticket after which a person must act. */
  readonly maxAttempts: number;
  /** Review or QA rounds after which a person must act. */
  readonly maxRounds: number;
}

/** Whose word counts, where there is an upstream. */
export type UpstreamAuthorityName = "local" | "upstream";

/** `upstream` of `config.yaml`. */
export interface UpstreamSettings {
  /** Address of a git repository, a path, or the name of a remote of the code's repository. */
  readonly url: string;
  readonly branch: string;
  /** `local`: a write counts when this host has it, and is sent afterwards. `upstream`: it counts when the upstream has accepted it. */
  readonly authority: UpstreamAuthorityName;
  /** Milliseconds between two automatic syncs. */
  readonly intervalMs: number;
  /** Milliseconds that one exchange may take. */
  readonly timeoutMs: number;
}

/** What holds where `config.yaml` is silent. The schema takes its defaults from here; a command that needs no schema loads none. */
export const structuredDefaults = {
  worktree: {
    copy: [] as readonly string[],
    link: [] as readonly string[],
    setUpTimeoutMs: 10 * 60_000,
    regenerable: [
      "**/node_modules/**",
      "**/dist/**",
      "**/build/**",
      "**/target/**",
      "**/coverage/**",
      "**/.cache/**",
      "**/.turbo/**",
      "**/.next/**",
      "**/.venv/**",
      "**/__pycache__/**",
      "**/.pytest_cache/**",
      "**/*.pyc",
      "**/*.tsbuildinfo",
      "**/.DS_Store",
    ] as readonly string[],
  },
  checks: [] as readonly (readonly string[])[],
  checkTimeoutMs: 10 * 60_000,
  hookTimeoutMs: 60_000,
  startTimeoutMs: 60_000,
  leaseMs: 30 * 60_000,
  maxAttempts: 3,
  maxRounds: 8,
} satisfies StructuredSettings;

/** The same of `upstream`, where it has an address. */
export const upstreamDefaults = {
  branch: "wiggum/tickets",
  authority: "local" as UpstreamAuthorityName,
  intervalMs: 60_000,
  timeoutMs: 30_000,
} satisfies Omit<UpstreamSettings, "url">;

/** Values given on the command line: they win over environment and files. */
export interface SettingsFlags {
  readonly session?: string | undefined;
  /** A file instead of `config.sh`. */
  readonly configPath?: string | undefined;
  readonly runner?: FlatSettings["runner"] | undefined;
  readonly isQuiet?: boolean | undefined;
  readonly isVerbose?: boolean | undefined;
  readonly isAutoSync?: boolean | undefined;
}

/** Something in a settings file that has no effect, or not the one that its author may expect. */
export interface SettingsWarning {
  readonly path: string;
  readonly line: number;
  readonly message: string;
}
