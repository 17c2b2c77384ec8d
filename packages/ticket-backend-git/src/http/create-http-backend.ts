import { hostname } from "node:os";
import {
  type AttachmentLimits,
  checkTicketId,
  defaultAttachmentLimits,
  type Judge,
  selectPage,
  type TicketAttachments,
  type TicketBackend,
  TicketError,
  type TicketReading,
} from "@wiggum/ticket-core";
import { openHttpSession, type SessionParts } from "./http-session.js";
import { shared } from "./private-clone.js";

/** Where the tickets are, and how patiently they are asked for. */
export interface HttpBackendOptions {
  /** `http://…` or `https://…`: a repository that a git server shows, with the right to push. */
  readonly url: string;
  /** The branch that holds the tickets and nothing else. Default `wiggum/tickets`. It is made where it is missing. */
  readonly branch?: string | undefined;
  /** Legality, from core: `createJudge(types)`. */
  readonly judge: Judge;
  /**
   * Folder of a clone that is this backend's alone: the next start fetches only what is new, and finishes what a kill left. Absent = a temporary one,
   * removed by `close`.
   */
  readonly folder?: string | undefined;
  /** Sent with every request: `{ Authorization: "Bearer …" }`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** In the place of the platform's: a proxy, an agent with certificates. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Milliseconds that a write, or a look, may wait for the server. Default 30,000. */
  readonly waitMs?: number | undefined;
  /** Milliseconds between two looks at the server while a watch follows. Default 2,000. */
  readonly pollMs?: number | undefined;
  /** Wall clock, only displayed. Default: the system's. */
  readonly now?: (() => Date) | undefined;
  /** Name of this machine for the history. Default: the system's. */
  readonly host?: string | undefined;
  /** How much may be attached to a ticket. Default `defaultAttachmentLimits`. */
  readonly attachmentLimits?: AttachmentLimits | undefined;
  /** Told the name of each step of a write. For tests that stop at one. */
  readonly atStep?: ((step: string) => void) | undefined;
}

/** A `TicketBackend` over a branch of a git server, with no git program on this machine. */
export interface HttpBackend extends TicketBackend {
  readonly attachments: TicketAttachments;
  history: NonNullable<TicketBackend["history"]>;
  watch: NonNullable<TicketBackend["watch"]>;
  ids: NonNullable<TicketBackend["ids"]>;
  close: NonNullable<TicketBackend["close"]>;
}

/**
 * Tickets on a git server, over http, in pure JavaScript. Every reading asks the server for news; a write is acknowledged when the server has it. One
 * process has the clone; any number of processes, each with its own, and any git, may write to the branch. Needs the package isomorphic-git.
 * @throws UNSUPPORTED the address is none of http: a repository on a disk is opened with `createGitBackend`
 */
export function createHttpBackend(options: HttpBackendOptions): HttpBackend {
  if (!/^https?:\/\//i.test(options.url)) throw refusedAddress(options.url);
  const limits = options.attachmentLimits ?? defaultAttachmentLimits;
  let opening: Promise<SessionParts> | undefined;
  let isClosed = false;

  function session(): Promise<SessionParts> {
    if (isClosed)
      throw new TicketError("UNSUPPORTED", "This backend was closed", { what: "use after close" });
    opening ??= openHttpSession({
      ...options,
      upstream: { url: options.url, branch: options.branch ?? "wiggum/tickets" },
      headers: options.headers ?? {},
      fetch: options.fetch ?? globalThis.fetch,
      waitMs: options.waitMs ?? 30_000,
      now: options.now ?? (() => new Date()),
      host: options.host ?? hostname(),
      limits,
    }).catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    return opening;
  }

  /** With what the server has now. */
  async function fresh(): Promise<SessionParts> {
    const parts = await session();
    await parts.refresh();
    return parts;
  }

  return {
    contract: 1,
    name: "git-http",
    supports: { history: true, watch: true, sync: false, attachments: true, batch: true, shared: false },
    async list(query = {}, page) {
      const { asOf, records, problems } = (await fresh()).whole();
      return { ...selectPage(records, query, page), problems, asOf, cursor: asOf };
    },
    ids: async () => (await fresh()).whole().ids,
    async read(id): Promise<TicketReading> {
      checkTicketId(id);
      return (await fresh()).read(id);
    },
    async commit(commit) {
      // What the caller handed in may change while we wait.
      const given = structuredClone(commit);
      return (await session()).writer.write(given);
    },
    async outcome(operationId) {
      const parts = await session();
      const commit = await parts.find(operationId);
      if (commit === undefined) return { status: "absent" };
      return { status: "committed", receipt: parts.recorded(operationId, commit) };
    },
    async *history(id) {
      checkTicketId(id);
      yield* (await fresh()).history(id);
    },
    async *watch(from, watching = {}) {
      const parts = await fresh();
      if (watching.follow === false) return yield* parts.watch(from, watching);
      const failing = new AbortController();
      let failure: unknown;
      const end = parts.follow(options.pollMs ?? 2_000, (error) => {
        failure ??= error;
        failing.abort();
      });
      const signals = watching.signal === undefined ? [] : [watching.signal];
      try {
        yield* parts.watch(from, { ...watching, signal: AbortSignal.any([failing.signal, ...signals]) });
      } finally {
        end();
      }
      if (failure !== undefined && watching.signal?.aborted !== true) throw failure;
    },
    attachments: {
      limits,
      list: async (id) => (await fresh()).attachments.list(id),
      read: async (id, name) => (await fresh()).attachments.read(id, name),
      async add(addition) {
        const given = structuredClone(addition);
        return (await session()).attachments.add(given);
      },
      async remove(removal) {
        const given = structuredClone(removal);
        return (await session()).attachments.remove(given);
      },
    },
    async close() {
      const parts = await opening?.catch(() => undefined);
      isClosed = true;
      opening = undefined;
      await parts?.close();
    },
  };
}

function refusedAddress(url: string): TicketError<"UNSUPPORTED"> {
  const isPath = !url.includes("://") || url.startsWith("file:");
  if (isPath) return shared(url);
  return new TicketError(
    "UNSUPPORTED",
    "Only addresses of http and https are reached without a git program",
    { what: "transport" },
    { hint: "With git, createGitBackend and createUplink reach ssh and git:// as well." },
  );
}
