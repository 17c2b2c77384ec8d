import { z } from "zod";
import { type NotificationSettings, noticeEvents, structuredDefaults } from "../settings.js";
import { commandSchema, countUpTo, filledText, strictGroup } from "../strict-yaml.js";

const areEvents = `must be a list of events (${noticeEvents.join(", ")})`;
const isAddress = "must be an address (https://…)";
const isVariable = "must be the name of a variable";
const areWebhooks = "must be a list of webhooks, each with a url or a urlVariable";

const events = () => z.array(z.enum(noticeEvents, areEvents), areEvents).default([...noticeEvents]);
const variable = () => filledText(isVariable).regex(/^[A-Za-z_]\w*$/, isVariable);

const webhook = strictGroup({
  url: filledText(isAddress)
    .refine((text) => /^https?:$/.test(URL.parse(text)?.protocol ?? ""), isAddress)
    .optional(),
  urlVariable: variable().optional(),
  events: events(),
  secretVariable: variable().optional(),
}).refine(
  ({ url, urlVariable }) => (url === undefined) !== (urlVariable === undefined),
  "must have one of url and urlVariable",
);

/** `notifications` of `config.yaml`. */
export function notificationSchema() {
  const { hasDesktop, hasTitle, timeoutMs } = structuredDefaults.notifications;
  return strictGroup({
    desktop: z
      .boolean("must be true or false")
      .default(hasDesktop)
      .describe("`wiggum run` tells the desktop that it runs on, where there is one"),
    title: z
      .boolean("must be true or false")
      .default(hasTitle)
      .describe("the title of the terminal of `wiggum run` says how many matters wait for you"),
    events: events().describe(
      "what the desktop and `notifications.command` are told, see [notifications](notifications.md)",
    ),
    command: commandSchema
      .optional()
      .describe(
        "a program of yours that is started for each notice, with the notice as its last argument, in JSON",
      ),
    webhooks: z
      .array(webhook, areWebhooks)
      .default([])
      .describe(
        "addresses that notices are posted to: `url`, or `urlVariable` with the variable that holds it; `events`; `secretVariable` with the variable that holds the secret that signs",
      ),
    timeoutMs: countUpTo(10 * 60_000, " of milliseconds")
      .default(timeoutMs)
      .describe("longest wait for a webhook, `notifications.command` or the desktop"),
  }).prefault({});
}

/** As the settings have it. */
export function notificationsOf({
  desktop,
  title,
  ...rest
}: z.output<ReturnType<typeof notificationSchema>>): NotificationSettings {
  return { ...rest, hasDesktop: desktop, hasTitle: title };
}
