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

/** What holds where `config.yaml` is silent. */
export const publishDefaults: PublishSettings = {
  target: "none",
  remote: "origin",
  pollMs: 60_000,
  quotaReserve: 1_000,
  timeoutMs: 60_000,
};
