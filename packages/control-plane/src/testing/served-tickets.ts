// A ticket backend of one process, used by others over the loopback address: the store outlives whoever is killed.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type TicketBackend, TicketError, type TicketErrorCode } from "@wiggum/ticket-core";

type Method = "list" | "read" | "commit" | "outcome";

export async function serveBackend(
  backend: TicketBackend,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (part: string) => {
      text += part;
    });
    request.on("end", async () => {
      const { method, args } = JSON.parse(text) as { method: Method; args: never[] };
      try {
        const call = backend[method] as (...values: never[]) => Promise<unknown>;
        response.end(JSON.stringify({ value: await call.apply(backend, args) }));
      } catch (error) {
        const { code, message, data } = error as TicketError;
        response.end(JSON.stringify({ error: { code, message, data } }));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

export function remoteBackend(url: string): TicketBackend {
  const call = async (method: Method, ...args: unknown[]): Promise<never> => {
    const response = await fetch(url, { method: "POST", body: JSON.stringify({ method, args }) });
    const { value, error } = (await response.json()) as {
      value?: never;
      error?: { code: TicketErrorCode; message: string; data: never };
    };
    if (error !== undefined) throw new TicketError(error.code, error.message, error.data);
    return value as never;
  };
  return {
    contract: 1,
    name: "served",
    supports: { history: false, watch: false, sync: false, attachments: false, batch: true, shared: true },
    list: (query, page) => call("list", query ?? {}, page ?? {}),
    read: (id) => call("read", id),
    commit: (commit) => call("commit", commit),
    outcome: (operationId) => call("outcome", operationId),
  };
}
