// Where agents run in panes: the session that holds them, as commands look at it.

/** The session of panes that a project has, while any agent has a pane. */
export interface PaneSessions {
  /** Absent where there is none. @throws RUNNER_FAILED nobody knows */
  session(): Promise<PaneSession | undefined>;
  /** Why there can be no panes on this host, a sentence without a full stop; absent = there can. */
  whyNone?(): Promise<string | undefined>;
  /** Program and arguments that show it on the caller's terminal; absent where there is none. @throws RUNNER_FAILED */
  attachSession(): Promise<readonly string[] | undefined>;
  /** Ends it with all panes, those that a person opened included. Agents are to be ended before. @throws RUNNER_FAILED */
  endSession(): Promise<void>;
}

/** A session of panes as it is at this moment. */
export interface PaneSession {
  /** As it is called now. */
  readonly name: string;
  readonly socketPath: string;
  readonly panes: readonly {
    readonly paneId: string;
    readonly windowIndex: number;
    /** Its place in the window; changes when panes come and go. */
    readonly paneIndex: number;
    /** Absent for a pane that a person opened. */
    readonly agentId?: string | undefined;
    /** Its program has ended. */
    readonly isDead: boolean;
  }[];
}
