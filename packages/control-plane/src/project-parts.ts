import type { Git } from "@wiggum/git";
import type { TicketBackend, Tickets, TicketTypes, WriteContext } from "@wiggum/ticket-core";
import type {
  AgentRegistry,
  AgentRunner,
  Clock,
  HandInPort,
  HookRunner,
  Outbox,
  WorkflowError,
} from "@wiggum/workflow";
import type { FoundProject } from "./find-project.js";
import type { PaneSessions } from "./pane-sessions.js";
import type { Caller } from "./project.js";
import type { ProjectPaths } from "./project-paths.js";
import type { Settings, SettingsWarning } from "./settings.js";

/** Everything that an open project is made of. Made by `open-project.ts`, used by its neighbours, seen by nobody else. */
export interface ProjectParts {
  readonly found: FoundProject;
  readonly paths: ProjectPaths;
  readonly settings: Settings;
  readonly settingsWarnings: readonly SettingsWarning[];
  readonly types: TicketTypes;
  /** Why settings or types are not what the project says: only in a project that is opened to be examined. */
  readonly faults: readonly WorkflowError[];
  readonly backend: TicketBackend;
  readonly tickets: Tickets;
  readonly registry: AgentRegistry;
  readonly runner: AgentRunner;
  readonly panes?: PaneSessions | undefined;
  readonly caller: Caller;
  readonly clock: Clock;
  readonly git: Git;
  readonly outbox: Outbox;
  readonly hookRunner: HookRunner;
  readonly handIn: HandInPort;
  readonly newId: () => string;
  /** Random whole number in [0, below). */
  readonly random: (below: number) => number;
  /** Tells the caller something that is no result and no failure. */
  readonly notify: (line: string) => void;
  readonly environment: Readonly<Record<string, string | undefined>>;
  writeContext(): WriteContext;
}
