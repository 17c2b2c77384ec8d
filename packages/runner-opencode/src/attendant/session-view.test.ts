import { describe, expect, test } from "vitest";
import type { MessageWithParts, OpenCodeEvent, OpenCodeSession } from "../connection.js";
import { findPrompt, outcomeOf } from "./outcome.js";
import { applyEvent, describeAsk, emptyView, totalUsage, withReading } from "./session-view.js";

const event = (type: string, properties: object) =>
  ({ id: "evt", type, properties }) as unknown as OpenCodeEvent;
const session = (id: string, more: object = {}) => ({ id, ...more }) as unknown as OpenCodeSession;
const tokens = { input: 1, output: 2, reasoning: 3, cache: { read: 4, write: 5 } };
const asked = (id: string, sessionID: string) =>
  event("permission.asked", {
    id,
    sessionID,
    permission: "bash",
    patterns: ["ls"],
    metadata: {},
    always: [],
  });

describe("what is known of a session", () => {
  test("holds those that it started, however deep, and none of others'", () => {
    const events = [
      event("session.created", { info: session("child", { parentID: "root", cost: 1, tokens }) }),
      event("session.created", { info: session("grandchild", { parentID: "child", cost: 2, tokens }) }),
      event("session.created", { info: session("stranger", { parentID: "other" }) }),
      asked("1", "grandchild"),
      asked("2", "stranger"),
    ];
    const view = events.reduce(applyEvent, emptyView("root"));
    expect([...view.family.keys()]).toEqual(["root", "child", "grandchild"]);
    expect([...view.asks.keys()]).toEqual(["1"]);
    expect(totalUsage(view)).toEqual({
      cost: 3,
      tokens: { input: 2, output: 4, reasoning: 6, cacheRead: 8, cacheWrite: 10 },
    });
    const answered = applyEvent(
      view,
      event("permission.replied", { sessionID: "grandchild", requestID: "1" }),
    );
    expect(answered.asks.size).toBe(0);
  });

  test("does not change with what is another's or says nothing", () => {
    const view = emptyView("root");
    for (const nothing of [
      event("session.idle", { sessionID: "other" }),
      event("session.error", { sessionID: "root", error: { name: "MessageAbortedError", data: {} } }),
      event("session.error", { sessionID: "root", error: { name: "ContextOverflowError", data: {} } }),
      event("server.heartbeat", {}),
      event("todo.updated", { sessionID: "other", todos: [] }),
    ])
      expect(applyEvent(view, nothing)).toBe(view);
  });

  test("reading replaces requests that were answered while nobody listened", () => {
    const before = applyEvent(emptyView("root"), asked("old", "root"));
    const request = {
      id: "new",
      sessionID: "root",
      questions: [{ question: "Why?", header: "", options: [] }],
    };
    const after = withReading(before, {
      family: [session("root")],
      status: { type: "busy" },
      permissions: [],
      questions: [request],
    });
    expect([...after.asks.values()].map(describeAsk)).toEqual(["Why?"]);
    expect(after.status).toEqual({ type: "busy" });
  });
});

describe("how a turn stands", () => {
  const prompt = (id: string, text = id) =>
    ({ info: { id, role: "user" }, parts: [{ type: "text", text }] }) as unknown as MessageWithParts;
  const answer = (id: string, more: object, parts: readonly object[] = [{ type: "text", text: "…" }]) =>
    ({
      info: { id, role: "assistant", time: { completed: 1 }, ...more },
      parts,
    }) as unknown as MessageWithParts;

  test.each([
    ["done", answer("a", { finish: "stop" })],
    ["done", answer("a", { finish: "tool-calls" })],
    ["truncated", answer("a", { finish: "length" })],
    ["aborted", answer("a", { error: { name: "MessageAbortedError", data: { message: "x" } } })],
    ["aborted", answer("a", {}, [])],
    ["blocked", answer("a", { error: { name: "APIError", data: { message: "no key" } } })],
    ["cut", answer("a", { time: {} })],
    ["cut", answer("a", { finish: "tool-calls" }, [{ type: "tool", state: { status: "running" } }])],
  ])("%s", (kind, last) => {
    expect(outcomeOf([prompt("p"), last], "p").kind).toBe(kind);
  });

  test("an answer to an earlier prompt says nothing of this one", () => {
    const messages = [prompt("p"), answer("a", { finish: "stop" }), prompt("q")];
    expect(outcomeOf(messages, "q")).toEqual({ kind: "not-begun" });
    expect(findPrompt(messages, "q")).toBe("q");
    expect(findPrompt(messages, "never said")).toBeUndefined();
  });
});
