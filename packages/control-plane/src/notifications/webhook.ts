import { createHash, createHmac } from "node:crypto";
import type { WebhookSettings } from "../settings.js";
import type { Notice, NoticeChannel } from "./notice.js";

type Variables = Readonly<Record<string, string | undefined>>;

/** A channel that posts notices to an address; signed where the settings name a secret. */
export function webhookChannel(
  settings: WebhookSettings,
  environment: Variables,
  { timeoutMs, now }: { readonly timeoutMs: number; readonly now: () => Date },
): NoticeChannel {
  const { events } = settings;
  return {
    name: webhookName(settings),
    events,
    async send(notice, signal) {
      const url = addressOf(settings, environment);
      const body = webhookBody(notice);
      const seconds = Math.floor(now().getTime() / 1000);
      const headers = {
        "content-type": "application/json",
        "user-agent": "wiggum",
        "webhook-id": notice.id,
        "webhook-timestamp": String(seconds),
        ...signatureOf(settings, environment, `${notice.id}.${seconds}.${body}`),
      };
      const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      let response: Response;
      try {
        // What is signed is meant for this address alone.
        response = await fetch(url, { method: "POST", body, headers, redirect: "error", signal: limit });
      } catch (error) {
        if (signal.aborted) throw error;
        if (limit.aborted) throw new Error(`it did not answer within ${Math.round(timeoutMs / 1000)} s`);
        throw new Error(`it cannot be reached (${reasonOf(error)})`);
      }
      // Nobody reads what it says; a body that never ends would keep the connection.
      await response.body?.cancel().catch(() => undefined);
      if (!response.ok) throw new Error(`it answered ${response.status}`);
    },
  };
}

/** An address may hold a secret: it is named by its host, and told from others by a digest. */
export function webhookName({ url, urlVariable }: WebhookSettings): string {
  if (url === undefined) return `webhook ${urlVariable ?? ""}`;
  const digest = createHash("sha256").update(url).digest("hex").slice(0, 8);
  return `webhook ${new URL(url).host} ${digest}`;
}

/** What is posted. Its members stay; new versions may add some. */
export function webhookBody({ id, event, at, project, title, text, ...rest }: Notice): string {
  const { ticketId = null, agentId = null, commands } = rest;
  return JSON.stringify({ version: 1, id, event, at, project, title, text, ticketId, agentId, commands });
}

/** Why it could send nothing, in words; `undefined` = it has what it needs. */
export function webhookFault(
  { urlVariable, secretVariable }: WebhookSettings,
  environment: Variables,
): string | undefined {
  const missing = [urlVariable, secretVariable].find(
    (name) => name !== undefined && (environment[name] ?? "") === "",
  );
  if (missing !== undefined) return `the variable ${missing} is not set`;
  const typed = urlVariable === undefined ? undefined : environment[urlVariable];
  const isAddress = typed === undefined || /^https?:$/.test(URL.parse(typed)?.protocol ?? "");
  return isAddress ? undefined : `the variable ${urlVariable} holds no address (https://…)`;
}

function addressOf(settings: WebhookSettings, environment: Variables): string {
  const fault = webhookFault(settings, environment);
  if (fault !== undefined) throw new Error(fault);
  return settings.url ?? environment[settings.urlVariable ?? ""] ?? "";
}

/** As Standard Webhooks says: HMAC with SHA-256 over id, time and body. A secret that begins with `whsec_` is Base64 behind that. */
function signatureOf(
  { secretVariable }: WebhookSettings,
  environment: Variables,
  signed: string,
): Record<string, string> {
  if (secretVariable === undefined) return {};
  const secret = environment[secretVariable] ?? "";
  const key = secret.startsWith("whsec_")
    ? Buffer.from(secret.slice("whsec_".length), "base64")
    : Buffer.from(secret);
  return { "webhook-signature": `v1,${createHmac("sha256", key).update(signed).digest("base64")}` };
}

function reasonOf(error: unknown): string {
  const { cause, message } = error as {
    readonly cause?: { readonly code?: string; readonly message?: string };
    readonly message?: string;
  };
  return cause?.code ?? cause?.message ?? message ?? "no reason is known";
}
