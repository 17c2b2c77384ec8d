import {
  createOpencodeClient,
  type GlobalEvent,
  type Message,
  type Part,
  type PermissionRequest,
  type QuestionRequest,
  type Session,
  type SessionStatus,
  type Todo,
} from "@opencode-ai/sdk/v2/client";
import type { OpenCodeCommand } from "./open-code-command.js";
import type { PermissionRule } from "./permissions.js";

/** Where a server listens, and what it must be told to answer. */
export interface ServerAddress {
  readonly url: string;
  readonly password: string;
}

export type OpenCodeEvent = GlobalEvent["payload"];
export type OpenCodeSession = Session;
export type MessageWithParts = { readonly info: Message; readonly parts: readonly Part[] };
export type { Part, PermissionRequest, QuestionRequest, SessionStatus, Todo };

/** A call that did not succeed. Without a `status` nobody answered: the server may be gone. */
export class CallFailed extends Error {
  override readonly name = "CallFailed";
  readonly status: number | undefined;
  constructor(message: string, status: number | undefined, cause: unknown) {
    super(message, { cause });
    this.status = status;
  }
}

/** Calls to one server about one folder. Every one of them fails by throwing `CallFailed`, and after a time at the latest. */
export interface Connection {
  readonly address: ServerAddress;
  /** Who answers, and lets us in? `foreign` = a server that refuses the password. */
  probe(): Promise<"ours" | "foreign" | "none">;
  create(title: string, rules: readonly PermissionRule[]): Promise<OpenCodeSession>;
  /** Absent = there is no such session. */
  find(sessionId: string): Promise<OpenCodeSession | undefined>;
  children(sessionId: string): Promise<readonly OpenCodeSession[]>;
  /** By session id; one that is idle has no entry. */
  statuses(): Promise<Readonly<Record<string, SessionStatus>>>;
  /** The newest of them, oldest first. */
  messages(sessionId: string, newest?: number): Promise<readonly MessageWithParts[]>;
  todos(sessionId: string): Promise<readonly Todo[]>;
  /** Taken, not answered: the answer comes as events. */
  prompt(sessionId: string, text: string, said: OpenCodeCommand): Promise<void>;
  abort(sessionId: string): Promise<void>;
  /** Lets go of all that the server keeps for this folder: what it started there, and its memory. */
  dispose(): Promise<void>;
  permissions(): Promise<readonly PermissionRequest[]>;
  questions(): Promise<readonly QuestionRequest[]>;
  replyToPermission(requestId: string, isAllowed: boolean, message?: string): Promise<void>;
  replyToQuestion(requestId: string, answers: readonly (readonly string[])[]): Promise<void>;
  rejectQuestion(requestId: string): Promise<void>;
  /** Events of the whole server, of all folders. Ends when the connection does; nothing is said of what was missed. */
  events(signal: AbortSignal): AsyncIterable<OpenCodeEvent>;
}

/** A server that is asked while it opens a folder for the first time takes seconds. */
const answerMs = 60_000;
const probeMs = 2_000;

export function connect(address: ServerAddress, directory: string): Connection {
  const authorization = `Basic ${Buffer.from(`opencode:${address.password}`).toString("base64")}`;
  const client = createOpencodeClient({ baseUrl: address.url, directory, headers: { authorization } });
  const within = (ms = answerMs) => ({ signal: AbortSignal.timeout(ms) });
  const sessionOf = (sessionID: string) => ({ sessionID });

  return {
    address,
    async probe() {
      try {
        const response = await fetch(new URL("/global/health", address.url), {
          headers: { authorization },
          ...within(probeMs),
        });
        await response.body?.cancel();
        return response.ok ? "ours" : response.status === 401 ? "foreign" : "none";
      } catch {
        return "none";
      }
    },
    create: (title, rules) =>
      answered(
        "session.create",
        client.session.create({ title, permission: rules.map((rule) => ({ ...rule })) }, within()),
      ),
    async find(sessionId) {
      try {
        return await answered("session.get", client.session.get(sessionOf(sessionId), within()));
      } catch (error) {
        if (error instanceof CallFailed && (error.status === 404 || error.status === 400)) return undefined;
        throw error;
      }
    },
    children: (id) => answered("session.children", client.session.children(sessionOf(id), within())),
    statuses: () => answered("session.status", client.session.status({}, within())),
    messages: (id, newest = 50) =>
      answered("session.messages", client.session.messages({ sessionID: id, limit: newest }, within())),
    todos: (id) => answered("session.todo", client.session.todo(sessionOf(id), within())),
    async prompt(sessionID, text, { model, agent, variant }) {
      const said = {
        ...(model === undefined ? {} : { model }),
        ...(agent === undefined ? {} : { agent }),
        ...(variant === undefined ? {} : { variant }),
      };
      await answered(
        "session.promptAsync",
        client.session.promptAsync({ sessionID, ...said, parts: [{ type: "text", text }] }, within()),
      );
    },
    async abort(id) {
      await answered("session.abort", client.session.abort(sessionOf(id), within(10_000)));
    },
    async dispose() {
      await answered("instance.dispose", client.instance.dispose({}, within(10_000)));
    },
    permissions: () => answered("permission.list", client.permission.list({}, within())),
    questions: () => answered("question.list", client.question.list({}, within())),
    async replyToPermission(requestID, isAllowed, message) {
      // Never `always`: that would be a rule for every agent of this server.
      const reply = isAllowed ? ("once" as const) : ("reject" as const);
      const words = message === undefined ? {} : { message };
      await answered("permission.reply", client.permission.reply({ requestID, reply, ...words }, within()));
    },
    async replyToQuestion(requestID, answers) {
      const copied = answers.map((one) => [...one]);
      await answered("question.reply", client.question.reply({ requestID, answers: copied }, within()));
    },
    async rejectQuestion(requestID) {
      await answered("question.reject", client.question.reject({ requestID }, within()));
    },
    async *events(signal) {
      // One attempt: whoever reads must know that something was missed, and look again.
      const { stream } = await client.global.event({ signal, sseMaxRetryAttempts: 1 });
      for await (const event of stream) {
        const payload = (event as Partial<GlobalEvent>).payload;
        // `sync` repeats what the other events say.
        if (payload !== undefined && (payload.type as string) !== "sync") yield payload;
      }
    },
  };
}

interface Answer<Data> {
  readonly data?: Data | undefined;
  readonly error?: unknown;
  readonly response?: Response | undefined;
}

/** These calls do not throw by themselves, and a failed connection has neither an answer nor a status. */
async function answered<Data>(what: string, call: Promise<Answer<Data>>): Promise<NonNullable<Data>> {
  let answer: Answer<Data>;
  try {
    answer = await call;
  } catch (error) {
    throw new CallFailed(
      `${what}: ${error instanceof Error ? error.message : String(error)}`,
      undefined,
      error,
    );
  }
  const { data, error, response } = answer;
  if (response === undefined || !response.ok || error !== undefined) {
    throw new CallFailed(`${what}: ${describe(error)}`, response?.status, error);
  }
  return (data ?? {}) as NonNullable<Data>;
}

function describe(error: unknown): string {
  if (error instanceof Error) return error.message;
  const { message, data } = (error ?? {}) as { message?: unknown; data?: { message?: unknown } };
  const words = data?.message ?? message;
  return typeof words === "string" ? words : JSON.stringify(error ?? "no answer");
}
