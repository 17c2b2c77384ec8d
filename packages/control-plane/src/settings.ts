import type { BudgetAmounts, BudgetLimits } from "@wiggum/workflow";

/** Flat settings (`config.sh`, environment, flags) and structured ones (`config.yaml`), after precedence and defaults. */
export interface Settings extends FlatSettings, StructuredSettings {}

/** One value each; the environment and flags may replace them. Read by `read-settings.ts`. */
export interface FlatSettings {
  readonly session: string;
  readonly maxAgents: number;
  readonly pollIntervalMs: number;
  /** Program and arguments that start an agent. */
  readonly agentCommand: readonly string[];
  /**
   * Where agents run: `auto` = in panes of tmux where a person at a terminal starts them and tmux is there, else as child processes; `opencode` =
   * as sessions of an OpenCode server, if that is their program.
   */
  readonly runner: "auto" | "process" | "tmux" | "opencode";
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
    /** Program and arguments, run in a worktree before it is removed. */
    readonly tearDown?: readonly string[] | undefined;
    readonly tearDownTimeoutMs: number;
    /** Globs of ignored files that can be made again and need no salvage. */
    readonly regenerable: readonly string[];
  };
  /** Programs (with arguments) that must pass on the combined tree before the base branch moves. */
  readonly checks: readonly (readonly string[])[];
  readonly checkTimeoutMs: number;
  /** How many done tickets `wiggum run` tests and merges together at most; 1 = each by itself. */
  readonly mergeBatch: number;
  /** Where the work of tickets with a pull request goes. */
  readonly publish: PublishSettings;
  readonly hookTimeoutMs: number;
  readonly startTimeoutMs: number;
  /** Silence after which a claim is taken for lost, milliseconds. */
  readonly leaseMs: number;
  /** What holds for agents that are sessions of an OpenCode server. */
  readonly openCode: OpenCodeSettings;
  /** Where the tickets of several hosts meet; absent = they are on this host alone. */
  readonly upstream?: UpstreamSettings | undefined;
  /** Failed sessions of one ticket after which a person must act. */
  readonly maxAttempts: number;
  /** Review or QA rounds after which a person must act. */
  readonly maxRounds: number;
  /** Such rounds in a row that gained nothing, after which a person must act. */
  readonly maxIdleRounds: number;
  /** How many agents may be at work in a role; one that is not named has all places. */
  readonly maxAgentsByRole: Readonly<Record<string, number>>;
  readonly budgets: BudgetSettings;
  /** Who is told what while a project is supervised. */
  readonly notifications: NotificationSettings;
}

/** What people may be told of, by the names that webhooks get. */
export const noticeEvents = [
  "task:waiting",
  "task:completed",
  "prd:completed",
  "agent:error",
  "budget:hit",
  "limit:hit",
] as const;

/** The name of something that people may be told of. */
export type NoticeEvent = (typeof noticeEvents)[number];

/** `notifications` of `config.yaml`. */
export interface NotificationSettings {
  /** The desktop is told, where there is one. */
  readonly hasDesktop: boolean;
  /** The title of the terminal says how many matters wait. */
  readonly hasTitle: boolean;
  /** What desktop and command are told. */
  readonly events: readonly NoticeEvent[];
  /** Program and arguments that are started for each notice. */
  readonly command?: readonly string[] | undefined;
  readonly webhooks: readonly WebhookSettings[];
  /** Longest wait for one of them, milliseconds. */
  readonly timeoutMs: number;
}

/** An address that notices are posted to: `url`, or the variable that holds it. */
export interface WebhookSettings {
  readonly url?: string | undefined;
  readonly urlVariable?: string | undefined;
  readonly events: readonly NoticeEvent[];
  /** Name of the variable that holds the secret that signs; absent = not signed. */
  readonly secretVariable?: string | undefined;
}

/** `budgets` of `config.yaml`. */
export interface BudgetSettings {
  readonly limits: BudgetLimits;
  /** What one session is expected to use; so much is reserved for it before it starts. */
  readonly estimate: BudgetAmounts;
  /** A session that goes over its budget is ended. */
  readonly isHard: boolean;
}

/** `publish` of `config.yaml`. */
export interface PublishSettings {
  /** What becomes of finished work of tickets with a pull request: nothing, `git push`, or a pull request on GitHub through `gh`. */
  readonly target: "none" | "push" | "gh";
  /** Name of a remote of the code's repository. */
  readonly remote: string;
  /** Milliseconds between two looks at what became of it. */
  readonly pollMs: number;
  /** So many points of GitHub's hourly allowance are left to the person. */
  readonly quotaReserve: number;
  /** Longest exchange, milliseconds. */
  readonly timeoutMs: number;
}

/** Whose word counts, where there is an upstream. */
export type UpstreamAuthorityName = "local" | "upstream";

/** `openCode` of `config.yaml`. */
export interface OpenCodeSettings {
  /** One server for all agents, one for each, or the address of one that somebody else runs. */
  readonly server: "shared" | "own" | (string & {});
  /** Name of the variable that holds the password of a server with an address. */
  readonly passwordVariable: string;
  /** How long a person may take to answer, milliseconds. */
  readonly askDeadlineMs: number;
  /** How requests are answered that OpenCode's own rules leave open; the last one that fits decides, else a person. */
  readonly permissions: readonly {
    readonly permission: string;
    readonly pattern: string;
    readonly action: "allow" | "deny" | "ask";
  }[];
}

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
    tearDownTimeoutMs: 60_000,
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
  mergeBatch: 1,
  publish: {
    target: "none" as PublishSettings["target"],
    remote: "origin",
    pollMs: 60_000,
    quotaReserve: 1_000,
    timeoutMs: 60_000,
  },
  hookTimeoutMs: 60_000,
  startTimeoutMs: 60_000,
  leaseMs: 30 * 60_000,
  maxAttempts: 3,
  maxRounds: 8,
  maxIdleRounds: 3,
  maxAgentsByRole: {},
  budgets: {
    limits: {},
    estimate: { tokens: 200_000, usd: 1, timeMs: 30 * 60_000 },
    isHard: false,
  },
  notifications: {
    hasDesktop: true,
    hasTitle: true,
    events: noticeEvents as readonly NoticeEvent[],
    webhooks: [] as readonly WebhookSettings[],
    timeoutMs: 10_000,
  },
  openCode: {
    server: "shared",
    passwordVariable: "OPENCODE_SERVER_PASSWORD",
    askDeadlineMs: 15 * 60_000,
    permissions: [] as OpenCodeSettings["permissions"],
  },
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
