import type {
  OpenCodeEvent,
  OpenCodeSession,
  PermissionRequest,
  QuestionRequest,
  SessionStatus,
  Todo,
} from "../connection.js";
import type { SessionUsage } from "../session-files.js";

/** Something that a session of the family waits for. */
export type Ask =
  | { readonly kind: "permission"; readonly request: PermissionRequest }
  | { readonly kind: "question"; readonly request: QuestionRequest };

/** What is known of the agent's session and of those that it started, from events and from reading. */
export interface SessionView {
  readonly root: string;
  /** The root and its descendants, with what each has cost so far. */
  readonly family: ReadonlyMap<string, SessionUsage>;
  /** Of the root. */
  readonly status: SessionStatus;
  /** By request id, in the order in which they were asked. */
  readonly asks: ReadonlyMap<string, Ask>;
  readonly todos: readonly Todo[];
  /** What went wrong in the root since the last prompt, in OpenCode's words. */
  readonly failure?: string | undefined;
}

const noUsage: SessionUsage = {
  cost: 0,
  tokens: { input: 0, output: 0, reasoning: 0, cacheRead: 0, cacheWrite: 0 },
};

export function emptyView(root: string): SessionView {
  return { root, family: new Map([[root, noUsage]]), status: { type: "idle" }, asks: new Map(), todos: [] };
}

/** The view after an event. The same object = nothing of ours has changed. */
export function applyEvent(view: SessionView, event: OpenCodeEvent): SessionView {
  switch (event.type) {
    case "session.created":
    case "session.updated":
      return withSession(view, event.properties.info);
    case "session.status":
      return event.properties.sessionID === view.root ? { ...view, status: event.properties.status } : view;
    case "session.idle":
      return event.properties.sessionID === view.root ? { ...view, status: { type: "idle" } } : view;
    case "session.error": {
      const { sessionID, error } = event.properties;
      if (sessionID !== view.root || error === undefined || error.name === "MessageAbortedError") return view;
      // The session compacts what it knows and goes on.
      if (error.name === "ContextOverflowError") return view;
      return { ...view, failure: failureText(error) };
    }
    case "permission.asked":
      return withAsk(view, { kind: "permission", request: event.properties });
    case "question.asked":
      return withAsk(view, { kind: "question", request: event.properties });
    case "permission.replied":
    case "question.replied":
    case "question.rejected":
      return withoutAsk(view, event.properties.requestID);
    case "todo.updated":
      return event.properties.sessionID === view.root ? { ...view, todos: event.properties.todos } : view;
    default:
      return view;
  }
}

/** What was read replaces what events said: some of them may have been missed. */
export function withReading(
  view: SessionView,
  read: {
    readonly family: readonly OpenCodeSession[];
    readonly status: SessionStatus;
    readonly permissions: readonly PermissionRequest[];
    readonly questions: readonly QuestionRequest[];
  },
): SessionView {
  const known = read.family.reduce(withSession, view);
  const asks: Ask[] = [
    ...read.permissions.map((request) => ({ kind: "permission" as const, request })),
    ...read.questions.map((request) => ({ kind: "question" as const, request })),
  ].filter(({ request }) => known.family.has(request.sessionID));
  return { ...known, status: read.status, asks: new Map(asks.map((ask) => [ask.request.id, ask])) };
}

export function withSession(view: SessionView, session: OpenCodeSession): SessionView {
  const isOurs =
    view.family.has(session.id) || (session.parentID !== undefined && view.family.has(session.parentID));
  return isOurs ? { ...view, family: new Map([...view.family, [session.id, usageOf(session)]]) } : view;
}

export function withoutAsk(view: SessionView, requestId: string): SessionView {
  if (!view.asks.has(requestId)) return view;
  return { ...view, asks: new Map([...view.asks].filter(([id]) => id !== requestId)) };
}

/** The whole family's. */
export function totalUsage({ family }: Pick<SessionView, "family">): SessionUsage {
  return [...family.values()].reduce((sum, one) => ({
    cost: sum.cost + one.cost,
    tokens: {
      input: sum.tokens.input + one.tokens.input,
      output: sum.tokens.output + one.tokens.output,
      reasoning: sum.tokens.reasoning + one.tokens.reasoning,
      cacheRead: sum.tokens.cacheRead + one.tokens.cacheRead,
      cacheWrite: sum.tokens.cacheWrite + one.tokens.cacheWrite,
    },
  }));
}

/** What a person must know to answer, in one line. */
export function describeAsk(ask: Ask): string {
  if (ask.kind === "permission") {
    const { permission, patterns } = ask.request;
    return `May it: ${[permission, ...patterns].join(" ")}?`;
  }
  return ask.request.questions
    .map(({ question, options = [] }) => {
      const labels = options.map(({ label }) => label).join(" / ");
      return labels === "" ? question : `${question} (${labels})`;
    })
    .join(" · ");
}

export function failureText(error: { readonly name: string; readonly data?: unknown }): string {
  const { message } = (error.data ?? {}) as { message?: unknown };
  return typeof message === "string" && message !== "" ? message : error.name;
}

function withAsk(view: SessionView, ask: Ask): SessionView {
  if (!view.family.has(ask.request.sessionID)) return view;
  return { ...view, asks: new Map([...view.asks, [ask.request.id, ask]]) };
}

function usageOf({ cost = 0, tokens }: OpenCodeSession): SessionUsage {
  if (tokens === undefined) return { ...noUsage, cost };
  const { input, output, reasoning, cache } = tokens;
  return { cost, tokens: { input, output, reasoning, cacheRead: cache.read, cacheWrite: cache.write } };
}
