import type { ProjectRoot } from "./project-paths.js";

/** How a project is set up. */
export interface InitOptions {
  /** Any folder of the repository, or of a project that exists. */
  readonly cwd: string;
  /** Command that starts an agent; wins over environment, settings and what is found on PATH. */
  readonly agent?: string | undefined;
  /** Ignore only the data, so that a team can commit settings, types, hooks and prompts. */
  readonly share?: boolean | undefined;
  /** Where the tickets of several hosts meet: an address, a path or the name of a remote. Written into the settings where they name none. */
  readonly upstream?: string | undefined;
  /** A project of the shell version may be opened with this one, which changes it. Default: it is refused. */
  readonly isUpgrade?: boolean | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** What `init` did, as data. */
export interface InitReport {
  readonly root: ProjectRoot;
  /** `adopted`: it was a project of the shell version; what had to be replaced is kept in `before-adoption`. */
  readonly kind: "new" | "existing" | "adopted";
  /** In the order in which they were done. */
  readonly parts: readonly InitPart[];
  readonly agent: InitAgent;
  /** Name of the agent profile that knows the agent's program, and the versions that it was verified with. */
  readonly profile: { readonly name: string; readonly verified: readonly string[] };
  readonly isShared: boolean;
}

/** One thing that `initProject` looked after, and what it did about it. `kept` = it was there and was left as it was. */
export interface InitPart {
  readonly part:
    | "folders"
    | "marker"
    | "store"
    | "view"
    | "ignore"
    | "settings"
    | "types"
    | "hooks"
    | "prompts"
    | "agent-settings"
    | "registry"
    | "backup";
  /** From the main root, forward slashes. */
  readonly path: string;
  readonly outcome: "created" | "changed" | "kept";
  readonly detail?: string | undefined;
}

/** The command that starts agents, and where `initProject` had it from. */
export interface InitAgent {
  /** As typed. */
  readonly command: string;
  readonly source: "flag" | "environment" | "settings" | "found" | "default";
  /** Its program is there to be started. */
  readonly isOnPath: boolean;
}
