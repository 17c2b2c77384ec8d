import { basename } from "node:path";
import type { SupervisorFacts } from "@wiggum/workflow";
import type { Project } from "../project.js";
import type { AgentStatus } from "../project-sessions.js";
import { newUlid } from "../ulid.js";
import { createChannels } from "./create-channels.js";
import { episodesIn } from "./episodes.js";
import type { NoticeChannel } from "./notice.js";
import { openNoticeStore } from "./notice-store.js";
import { createNoticeTeller } from "./tell-notices.js";

/** Tells people what they should hear of while a project is supervised. Nothing here holds up or ends a run. */
export interface NotificationWatch {
  /** After each look of the supervisor. */
  look(facts: SupervisorFacts): Promise<void>;
  /** At the end of the run: waits a moment for what is being told. */
  finish(): Promise<void>;
}

export interface NotificationWatchOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Told what went wrong, once of each. */
  readonly trouble: (what: string) => void;
  /** Told how many matters wait for a person, whenever that is another number. */
  readonly waits?: ((count: number) => void) | undefined;
  /** Default: those that the settings name. */
  readonly channels?: readonly NoticeChannel[] | undefined;
}

const patienceAtEndMs = 3_000;

export function createNotificationWatch(
  project: Project,
  options: NotificationWatchOptions,
): NotificationWatch {
  const { paths, settings, clock } = project;
  const { environment, trouble, waits } = options;
  const now = () => clock.now();
  const channels = options.channels ?? createChannels(settings, { cwd: paths.root, environment, now });
  const store = openNoticeStore({ path: paths.notices, project: basename(paths.root), newId: newUlid, now });
  const teller = createNoticeTeller({ store, channels, trouble });
  let isTidy = false;
  let lastKeys = "";
  let lastWaiting = -1;

  async function examine(facts: SupervisorFacts): Promise<void> {
    if (channels.length === 0 && waits === undefined) return;
    const asking = facts.agents.filter(({ asks, isEnded }) => asks !== undefined && !isEnded);
    const agents = asking.length === 0 ? [] : await project.agents();
    const page = await project.tickets.summaries();
    const found = episodesIn({
      facts,
      types: project.types,
      tickets: page.tickets.map(({ ticket }) => ticket),
      answersTo: (agentId) =>
        answersTo(
          agents.find((agent) => agent.facts.agentId === agentId),
          agentId,
        ),
    });
    const waiting = found.filter(({ event }) => event === "task:waiting").length;
    if (waiting !== lastWaiting) waits?.(waiting);
    lastWaiting = waiting;
    if (channels.length === 0) return;
    if (!isTidy) await store.keepOnly(channels.map(({ name }) => name));
    isTidy = true;
    const keys = JSON.stringify(found.map(({ key }) => key));
    if (keys !== lastKeys) await store.take(found, channels);
    lastKeys = keys;
    teller.start();
  }

  return {
    async look(facts) {
      try {
        await examine(facts);
      } catch (error) {
        trouble(`Nobody can be notified: ${error instanceof Error ? error.message : String(error)}`);
      }
    },
    async finish() {
      await teller.finish(patienceAtEndMs);
      store.close();
    },
  };
}

/** As the inbox says it. */
function answersTo(agent: AgentStatus | undefined, agentId: string): readonly string[] {
  const answer = `wiggum answer ${agentId}`;
  if (agent?.state === "blocked") return [`wiggum logs ${agentId}`];
  if (agent?.request !== undefined && agent.request.asks !== "question")
    return [`${answer} --allow`, `${answer} --deny "<reason>"`];
  const hasPane = typeof agent?.handle?.data["paneId"] === "string";
  return agent?.request === undefined && hasPane ? [`wiggum attach ${agentId}`] : [`${answer} "<answer>"`];
}
