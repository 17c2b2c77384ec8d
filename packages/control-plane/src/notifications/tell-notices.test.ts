// Notices on their way: a real server on this host that takes them, refuses them, or never answers.
import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { noticeEvents, type WebhookSettings } from "../settings.js";
import { newUlid } from "../ulid.js";
import type { Episode, NoticeChannel } from "./notice.js";
import { openNoticeStore } from "./notice-store.js";
import { commandChannel, desktopCommand } from "./program-channels.js";
import { createNoticeTeller, pauseAfter } from "./tell-notices.js";
import { webhookChannel, webhookName } from "./webhook.js";

let folder: string;
let nowMs: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wiggum-notices-"));
  nowMs = Date.parse("2026-01-02T03:04:05Z");
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

const episode = (key: string, event: Episode["event"] = "task:waiting"): Episode => ({
  key,
  event,
  ticketId: "tk-aaaa",
  title: "Wiggum: human input needed",
  text: `${key} <b>?`,
  commands: ['wiggum answer tk-aaaa "<answer>"'],
});

function openStore() {
  const store = openNoticeStore({
    path: join(folder, "notices.db"),
    project: "shop",
    newId: () => newUlid(),
    now: () => new Date(nowMs),
  });
  onTestFinished(() => store.close());
  return store;
}

/** A server that answers as the test says; keeps what it was sent. */
async function serve(answer: (response: ServerResponse, request: IncomingMessage) => void) {
  const got: { readonly headers: IncomingMessage["headers"]; readonly body: string }[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const part of request) body += String(part);
    got.push({ headers: request.headers, body });
    answer(response, request);
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?token=secret`, got };
}

const webhook = (settings: Partial<WebhookSettings>, timeoutMs = 5_000) =>
  webhookChannel(
    { events: noticeEvents, ...settings },
    { SECRET: "whsec_c2VjcmV0" },
    {
      timeoutMs,
      now: () => new Date(nowMs),
    },
  );

function telling(channels: readonly NoticeChannel[], store = openStore()) {
  const trouble: string[] = [];
  const teller = createNoticeTeller({ store, channels, trouble: (what) => void trouble.push(what) });
  const take = async (...keys: string[]) => {
    await store.take(
      keys.map((key) => episode(key)),
      channels,
    );
    teller.start();
  };
  return { teller, store, trouble, take };
}

// P32
test("each matter is told once while it lasts, by any number of looks and lives; once more when it comes again", async () => {
  const { url, got } = await serve((response) => void response.end());
  const channels = [webhook({ url })];
  const first = telling(channels);
  await first.take("one");
  await first.take("one");
  await first.teller.finish(10_000);
  const second = telling(channels);
  await second.take("one", "two");
  await second.teller.finish(10_000);
  expect(got.map(({ body }) => JSON.parse(body).text)).toEqual(["one <b>?", "two <b>?"]);
  // A look that failed to see it is no end of it, an hour is.
  const third = telling(channels);
  await third.take("two");
  nowMs += 5_000;
  await third.take("one", "two");
  await third.take("two");
  nowMs += 3_600_000;
  await third.take("one", "two");
  await third.teller.finish(10_000);
  expect(got.map(({ body }) => JSON.parse(body).text)).toEqual(["one <b>?", "two <b>?", "one <b>?"]);
});

test("what was over before the first look is told to nobody; afterwards it is, and only to whom that is of interest", async () => {
  const { url, got } = await serve((response) => void response.end());
  const { teller, store } = telling([webhook({ url, events: ["task:completed"] })]);
  const done = (key: string) => episode(key, "task:completed");
  const channels = [webhook({ url, events: ["task:completed"] })];
  await store.take([done("old"), episode("asks")], channels);
  await store.take([done("old"), done("new"), episode("asks")], channels);
  teller.start();
  await teller.finish(10_000);
  expect(got.map(({ body }) => JSON.parse(body).text)).toEqual(["new <b>?"]);
});

test("the body, and a signature that a receiver can check; no redirection gets it; the name holds no secret", async () => {
  const elsewhere = await serve((response) => void response.end());
  const moved = await serve((response) => void response.writeHead(302, { location: elsewhere.url }).end());
  const { url, got } = await serve((response) => void response.end());
  const { teller, take, trouble } = telling([
    webhook({ url, secretVariable: "SECRET" }),
    webhook({ url: moved.url }),
  ]);
  await take("one");
  await teller.finish(10_000);
  const [sent] = got;
  expect(JSON.parse(sent?.body ?? "")).toEqual({
    version: 1,
    id: sent?.headers["webhook-id"],
    event: "task:waiting",
    at: "2026-01-02T03:04:05.000Z",
    project: "shop",
    title: "Wiggum: human input needed",
    text: "one <b>?",
    ticketId: "tk-aaaa",
    agentId: null,
    commands: ['wiggum answer tk-aaaa "<answer>"'],
  });
  expect(sent?.headers["webhook-timestamp"]).toBe("1767323045");
  const signed = `${sent?.headers["webhook-id"]}.1767323045.${sent?.body}`;
  const expected = createHmac("sha256", "secret").update(signed).digest("base64");
  expect(sent?.headers["webhook-signature"]).toBe(`v1,${expected}`);
  expect(elsewhere.got).toEqual([]);
  expect(trouble).toEqual([expect.stringContaining("webhook 127.0.0.1:")]);
  expect(webhookName({ url, events: [] })).not.toContain("secret");
});

test("one that hangs or fails holds up no other; it is tried again later under the same id, and given up with its reason", async () => {
  const hanging = await serve(() => undefined);
  let status = 500;
  const failing = await serve((response) => void response.writeHead(status).end());
  const good = await serve((response) => void response.end());
  const channels = [
    webhook({ url: hanging.url }, 300),
    webhook({ url: failing.url }),
    webhook({ url: good.url }),
  ];
  const { teller, store, take, trouble } = telling(channels);
  await take("one", "two");
  await expect.poll(() => good.got.length, { timeout: 10_000 }).toBe(2);
  await expect.poll(() => trouble.length, { timeout: 10_000 }).toBe(2);
  // Each begins with an address, whose port is any.
  expect(trouble.map((line) => line.replace(/^.*?: /, "")).toSorted()).toEqual([
    expect.stringContaining("it answered 500"),
    expect.stringContaining("it did not answer within 0 s"),
  ]);
  const name = channels[1]?.name ?? "";
  await expect.poll(() => failing.got.length, { timeout: 10_000 }).toBe(2);
  // Not before its time; and a clock that was put back makes nobody wait for years.
  await expect.poll(() => store.due(name), { timeout: 10_000 }).toEqual([]);
  nowMs += 1_001;
  expect((await store.due(name)).map(({ attempts }) => attempts)).toEqual([1, 1]);
  nowMs -= 365 * 24 * 3_600_000;
  expect(await store.due(name)).toHaveLength(2);
  status = 204;
  nowMs += 366 * 24 * 3_600_000;
  teller.start();
  await expect.poll(() => failing.got.length, { timeout: 10_000 }).toBe(4);
  const ids = failing.got.map(({ headers }) => headers["webhook-id"]);
  expect(new Set(ids).size).toBe(2);
  await teller.finish(10_000);

  nowMs += 3_600_000;
  for (const { notice } of await store.due(channels[0]?.name ?? ""))
    await store.failed(notice, channels[0]?.name ?? "", "it is gone", undefined);
  expect((await store.untold()).map(({ reason }) => reason)).toEqual(["it is gone", "it is gone"]);
  await store.forgetUntold();
  expect(await store.untold()).toEqual([]);
});

test("the end of a run cuts off what hangs, and leaves it to the next one; what no setting names any more is forgotten", async () => {
  const hanging = await serve(() => undefined);
  const channel = webhook({ url: hanging.url }, 600_000);
  const { teller, take, trouble, store } = telling([channel]);
  await take("one");
  await expect.poll(() => hanging.got.length, { timeout: 10_000 }).toBe(1);
  await teller.finish(10);
  expect(trouble).toEqual([]);
  expect((await store.due(channel.name)).map(({ attempts }) => attempts)).toEqual([0]);
  await store.keepOnly([]);
  expect(await store.due(channel.name)).toEqual([]);
});

test("a command gets the notice as an argument and in variables, no shell reads it; one that fails or hangs is tried again", async () => {
  const place = { cwd: folder, environment: { PATH: process.env["PATH"] }, timeoutMs: 10_000 };
  const script = 'printf "%s|%s|%s" "$WIGGUM_NOTICE_EVENT" "$WIGGUM_NOTICE_TEXT" "$1"';
  const good = commandChannel(["sh", "-c", `${script} > told`, "tell"], noticeEvents, place);
  const bad = commandChannel(["sh", "-c", "echo no network >&2; exit 3"], noticeEvents, place);
  const slow = commandChannel(["sh", "-c", "sleep 600"], noticeEvents, { ...place, timeoutMs: 200 });
  const notice = { id: "n", at: "", project: "shop", ...episode("$(touch hacked) `id`") };
  const { signal } = new AbortController();
  await good.send(notice, signal);
  const { readFileSync, existsSync } = await import("node:fs");
  const [event, text, body = ""] = readFileSync(join(folder, "told"), "utf8").split("|");
  expect([event, text, JSON.parse(body).id]).toEqual(["task:waiting", "$(touch hacked) `id` <b>?", "n"]);
  expect(existsSync(join(folder, "hacked"))).toBe(false);
  await expect(bad.send(notice, signal)).rejects.toThrow("sh ended with code 3: no network");
  await expect(slow.send(notice, signal)).rejects.toThrow("was stopped after");
});

test("the desktop's program gets text, never options or markup; pauses double up to ten minutes", () => {
  expect(desktopCommand("linux", "--help", "a <b> & c")).toEqual([
    "notify-send",
    "--app-name=wiggum",
    "--",
    "--help",
    "a &lt;b&gt; &amp; c",
  ]);
  expect(desktopCommand("darwin", 'a"', "b").slice(0, 2)).toEqual(["osascript", "-e"]);
  expect([0, 1, 2, 5, 30, 5_000].map(pauseAfter)).toEqual([1_000, 2_000, 4_000, 32_000, 600_000, 600_000]);
});
