// How isomorphic-git reaches the server: the platform's own `fetch`, with an end to waiting.
import type { HttpClient } from "isomorphic-git";
import { withHead } from "./unborn-head.js";

/** The package, where it is installed. */
export type IsomorphicGit = Pick<
  typeof import("isomorphic-git"),
  "addRemote" | "fetch" | "init" | "getRemoteInfo" | "push"
>;

/** One exchange, and what of it went out. */
export interface Exchange {
  readonly client: HttpClient;
  /** Has the part been begun that may change something on the server? Before that nothing can have arrived. */
  hasSent(): boolean;
}

export interface ExchangeOptions {
  readonly fetch: typeof globalThis.fetch;
  /** Sent with every request. */
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** The branch that is wanted, as a ref. */
  readonly remoteRef: string;
}

export function openExchange({ fetch, headers: own, timeoutMs, remoteRef }: ExchangeOptions): Exchange {
  const signal = AbortSignal.timeout(Math.max(1, Math.ceil(timeoutMs)));
  let hasSent = false;
  const client: HttpClient = {
    async request({ url, method = "GET", headers = {}, body }) {
      const content = body === undefined ? undefined : await collect(body);
      if (method === "POST" && url.endsWith("/git-receive-pack")) hasSent = true;
      const answer = await fetch(url, {
        method,
        headers: { ...headers, ...own },
        signal,
        ...(content === undefined ? {} : { body: content }),
      });
      // Read whole: cut off half-way it is a failure of this exchange, not of whoever takes it apart.
      const bytes = new Uint8Array(await answer.arrayBuffer());
      const isAdvertisement = method === "GET" && url.includes("service=git-upload-pack");
      return {
        url: answer.url,
        method,
        statusCode: answer.status,
        statusMessage: answer.statusText,
        headers: Object.fromEntries(answer.headers),
        body: parts(isAdvertisement ? withHead(bytes, remoteRef) : bytes),
      };
    },
  };
  return { client, hasSent: () => hasSent };
}

async function collect(
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Uint8Array.from(Buffer.concat(chunks));
}

async function* parts(content: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield content;
}
