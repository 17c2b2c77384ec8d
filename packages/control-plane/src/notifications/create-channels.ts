import type { Settings } from "../settings.js";
import type { NoticeChannel } from "./notice.js";
import { commandChannel, desktopChannel, hasDesktop } from "./program-channels.js";
import { webhookChannel } from "./webhook.js";

/** The ways to tell people that the settings name, and that there are here. */
export function createChannels(
  { notifications }: Pick<Settings, "notifications">,
  place: {
    readonly cwd: string;
    readonly environment: Readonly<Record<string, string | undefined>>;
    readonly now: () => Date;
  },
): readonly NoticeChannel[] {
  const { events, command, webhooks, timeoutMs } = notifications;
  const { cwd, environment, now } = place;
  const isShown = notifications.hasDesktop && hasDesktop(process.platform, environment);
  return [
    ...(isShown ? [desktopChannel(events, { cwd, environment, timeoutMs })] : []),
    ...(command === undefined ? [] : [commandChannel(command, events, { cwd, environment, timeoutMs })]),
    ...webhooks.map((webhook) => webhookChannel(webhook, environment, { timeoutMs, now })),
  ];
}
