import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Session } from "@wiggum/runner-process/sessions";
import type { PaneLaunchSettings } from "./launch-in-pane.js";
import { panesOf } from "./panes.js";
import { findProjectSession } from "./project-session.js";

/** Which tmux server: the project's own, or the person's. */
export type ServerKind = "private" | "default";

/**
 * The servers on which a project has panes. Which one new agents get is a setting, which may change while agents run, or be another in another
 * terminal: those that run stay where they were started, and are found there.
 */
export interface Places {
  /** Where new agents are started. tmux is looked for when it is needed first; an answer is kept, a failure is not. @throws RUNNER_FAILED */
  open(): Promise<PaneLaunchSettings>;
  /** Where the panes of this session are; where there are none, as `open`. */
  of(session: Session): Promise<PaneLaunchSettings>;
  /** Those with a session of the project, the one for new agents first. */
  withSession(): Promise<readonly (PaneLaunchSettings & { readonly sessionId: string })[]>;
  /** All that were ever used; the one for new agents first. */
  all(): Promise<readonly PaneLaunchSettings[]>;
  /** Their kinds. */
  kinds(): readonly ServerKind[];
}

export function createPlaces(
  { directory, server }: { readonly directory: string; readonly server: ServerKind },
  prepare: (server: ServerKind) => Promise<PaneLaunchSettings>,
): Places {
  const opened = new Map<ServerKind, Promise<PaneLaunchSettings>>();
  const open = (kind: ServerKind): Promise<PaneLaunchSettings> => {
    const known = opened.get(kind);
    if (known !== undefined) return known;
    const opening = prepare(kind);
    opened.set(kind, opening);
    opening.catch(() => opened.delete(kind));
    return opening;
  };
  const other = server === "private" ? "default" : "private";
  const kinds = (): readonly ServerKind[] =>
    existsSync(join(directory, `socket-${other}`)) ? [server, other] : [server];
  const all = async () => Promise.all(kinds().map(open));
  return {
    open: () => open(server),
    kinds,
    all,
    async of(session) {
      const places = await all();
      // Most projects have one server only.
      if (places.length > 1)
        for (const place of places) if ((await panesOf(place.client, session)).length > 0) return place;
      return await open(server);
    },
    async withSession() {
      const found: (PaneLaunchSettings & { readonly sessionId: string })[] = [];
      for (const place of await all()) {
        const sessionId = await findProjectSession(place);
        if (sessionId !== undefined) found.push({ ...place, sessionId });
      }
      return found;
    },
  };
}
