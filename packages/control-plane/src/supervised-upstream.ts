import type { UplinkReport } from "@wiggum/ticket-backend-git";
import type { Project } from "./project.js";

/** The upstream under the scheduler: exchanged with beside the rounds, so that no round waits for the network. */
export interface SupervisedUpstream {
  /**
   * The first time it waits for the exchange, so that agents start from what other hosts did, unless the upstream is known not to answer. Begins an exchange if it is time for one. In words what the last one brought. @throws what an exchange failed with that cannot pass by itself
   */
  look(): Promise<readonly string[]>;
  /** The exchange that is under way has ended, and what was written since is sent unless the upstream does not answer. */
  finish(): Promise<readonly string[]>;
}

export function createSupervisedUpstream({ upstream }: Pick<Project, "upstream">): SupervisedUpstream {
  let running: Promise<void> | undefined;
  let hasLooked = false;
  let said: string[] = [];
  let failure: unknown;

  function begin(exchange: () => Promise<UplinkReport | undefined>): Promise<void> {
    running = exchange()
      .then((report) => void said.push(...describeSync(report)))
      .catch((error: unknown) => {
        failure = error;
      })
      .finally(() => {
        running = undefined;
      });
    return running;
  }

  function tell(): readonly string[] {
    if (failure !== undefined) throw failure;
    const lines = said;
    said = [];
    return lines;
  }

  return {
    async look() {
      if (upstream === undefined) return [];
      const isFirst = !hasLooked;
      hasLooked = true;
      running ??= begin(() => upstream.syncIfDue());
      if (isFirst && (await upstream.status()).failure === undefined) await running;
      return tell();
    },
    async finish() {
      if (upstream === undefined) return [];
      await running;
      const { ahead, failure: last } = await upstream.status();
      if (ahead > 0 && last === undefined) await begin(() => upstream.syncIfDue(true));
      return tell();
    },
  };
}

/** Nothing where nothing came and nothing was refused: that what was written here is sent is no news. */
export function describeSync(report: UplinkReport | undefined): readonly string[] {
  if (report === undefined) return [];
  const came = report.pulled === 0 ? [] : [`took in ${report.pulled} changes from the upstream`];
  return [
    ...came,
    ...report.refused.map(({ subject, reason }) => `refused by the upstream: ${subject} (${reason})`),
  ];
}
