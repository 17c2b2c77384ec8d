// The upstream as isomorphic-git reaches it. The compare-and-swap is the server's: a push names the value that it replaces.
import fs from "node:fs";
import { isTicketError, printable, type TicketError } from "@wiggum/ticket-core";
import type { Errors } from "isomorphic-git";
import type { ObjectId } from "../objects.js";
import { mainRef } from "../store-layout.js";
import type { ChainRefs } from "../uplink/pending-chain.js";
import { lostRace, type Offered, offline, type Transport, unusable } from "../uplink/transport.js";
import type { Upstream } from "../uplink/uplink.js";
import { upstreamRef } from "../uplink/uplink-paths.js";
import type { IsomorphicGit } from "./http-client.js";
import { type ExchangeOptions, openExchange } from "./http-client.js";

export interface HttpTransportOptions extends Omit<ExchangeOptions, "remoteRef"> {
  readonly git: IsomorphicGit;
  /** The private clone. */
  readonly root: string;
  readonly refs: ChainRefs;
  readonly upstream: Upstream;
}

/** What is pushed, by a name: isomorphic-git pushes refs. */
const offerRef = "refs/wiggum/offer";
const none = "0".repeat(40);

export function createHttpTransport(options: HttpTransportOptions): Pick<Transport, "offer" | "fetch"> {
  const { git, root, refs, upstream } = options;
  const remoteRef = `refs/heads/${upstream.branch}`;
  const common = { fs, gitdir: root, url: upstream.url, remote: "origin" };
  const open = (timeoutMs = options.timeoutMs) => openExchange({ ...options, remoteRef, timeoutMs });

  return {
    async offer(commit, expected, timeoutMs) {
      refs.write([[offerRef, commit]]);
      const exchange = open(timeoutMs);
      let isThere = false;
      try {
        const result = await git.push({
          ...common,
          http: exchange.client,
          ref: offerRef,
          remoteRef,
          // Exactly there, not only somewhere below: this is the lease.
          onPrePush({ remoteRef: { oid } }) {
            isThere = oid === commit;
            return oid === (expected ?? none);
          },
        });
        if (result.ok) return { answer: "accepted" };
        return refusal(upstream, result.error ?? "it did not say why");
      } catch (error) {
        // An earlier attempt had arrived.
        if (isThere) return { answer: "accepted" };
        return offerFailed(upstream, error, exchange.hasSent());
      }
    },
    async fetch(timeoutMs) {
      try {
        const { client: http } = open(timeoutMs);
        // By the older protocol: it is one request, and knows of an empty repository.
        const { refs: all } = await git.getRemoteInfo({ http, url: upstream.url });
        const tip = refIn(all, remoteRef);
        if (tip === undefined) return false;
        if (refs.read(upstreamRef) !== tip) await bring(http, tip);
        return true;
      } catch (error) {
        throw asTicketError(upstream, error);
      }
    },
  };

  async function bring(http: ReturnType<typeof openExchange>["client"], tip: ObjectId): Promise<void> {
    const { fetchHead } = await git.fetch({
      ...common,
      http,
      // What is there already: the local branch. What is wanted: the remote one.
      ref: mainRef,
      remoteRef,
      singleBranch: true,
      tags: false,
    });
    refs.write([[upstreamRef, fetchHead ?? tip]]);
  }
}

function refusal(upstream: Upstream, said: string): Offered {
  if (lostRace.test(said)) return { answer: "refused" };
  return { answer: "declined", error: unusable(upstream, said) };
}

function offerFailed(upstream: Upstream, error: unknown, hasSent: boolean): Offered {
  const code = codeOf(error);
  // The server showed another tip, so nothing was sent.
  if (code === "UserCanceledError" || code === "PushRejectedError") return { answer: "refused" };
  if (code === "GitPushError")
    return refusal(upstream, (error as InstanceType<typeof Errors.GitPushError>).data.prettyDetails);
  const told = asTicketError(upstream, error);
  if (isTicketError(told, "UPSTREAM_UNUSABLE")) return { answer: "declined", error: told };
  return { answer: hasSent ? "unknown" : "unsent", error: told };
}

/** @throws what is neither the server's answer nor the way to it: a fault of the clone */
function asTicketError(upstream: Upstream, error: unknown): TicketError {
  if (isTicketError(error)) return error;
  const code = codeOf(error);
  const message = printable(error instanceof Error ? error.message : String(error));
  if (code === "HttpError") {
    const { statusCode } = (error as InstanceType<typeof Errors.HttpError>).data;
    const isPassing = statusCode >= 500 || statusCode === 429 || statusCode === 408;
    return isPassing ? offline(upstream, message) : unusable(upstream, said(statusCode, message));
  }
  if (code === "SmartHttpError" || code === "UrlParseError" || code === "UnknownTransportError") {
    return unusable(upstream, message);
  }
  // `fetch` fails with a TypeError, a deadline with a TimeoutError, a body that ends early with either.
  const isCutOff = error instanceof TypeError && /^(?:fetch failed|terminated)$/.test(error.message);
  const isNetwork = isCutOff || (error instanceof Error && /^(?:TimeoutError|AbortError)$/.test(error.name));
  if (!isNetwork && !/EmptyServerResponseError|ParseError|RemoteCapabilityError/.test(code)) throw error;
  const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return offline(upstream, `${message}${cause}`);
}

function said(status: number, message: string): string {
  if (status === 401 || status === 403) return `access denied: ${message}`;
  return message;
}

function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === "string" ? code : "";
}

/** Refs come as folders in folders. */
function refIn(all: object | undefined, ref: string): ObjectId | undefined {
  let at: unknown = all;
  for (const part of ref.split("/").slice(1)) {
    at = typeof at === "object" && at !== null ? (at as Readonly<Record<string, unknown>>)[part] : undefined;
  }
  return typeof at === "string" ? at : undefined;
}
