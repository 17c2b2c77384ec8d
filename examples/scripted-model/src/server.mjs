import { appendFileSync } from "node:fs";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { chat } from "./chat.mjs";
import { messages } from "./messages.mjs";
import { responses } from "./responses.mjs";
import { callsOf, currentStep } from "./script.mjs";
import { sendJson } from "./stream.mjs";

const protocols = { "/chat/completions": chat, "/messages": messages, "/responses": responses };
const modelName = "scripted-1";

/**
 * Starts the server on 127.0.0.1. `logFile` gets a line of JSON for each request; `isWordy` adds the whole request to it.
 * @param {{ port?: number, logFile?: string, isWordy?: boolean }} [options] port 0 = any that is free
 */
export async function startScriptedModel({ port = 0, logFile, isWordy = false } = {}) {
  /** @type {Record<string, unknown>[]} every request so far */
  const requests = [];
  const note = (entry, body) => {
    requests.push(entry);
    if (logFile !== undefined)
      appendFileSync(logFile, `${JSON.stringify(isWordy ? { ...entry, body } : entry)}\n`);
  };
  const server = createServer((request, response) => {
    answer(request, response, requests, note).catch((error) => {
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, { error: { message: error.message } });
    });
  });
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}

async function answer(request, response, requests, note) {
  const { pathname } = new URL(request.url, "http://127.0.0.1");
  const number = requests.length;
  if (request.method === "GET") {
    if (pathname === "/requests") return sendJson(response, 200, requests);
    note({ number, method: "GET", path: pathname });
    if (pathname.endsWith("/models")) return sendJson(response, 200, modelList());
    return sendJson(response, 404, { error: { message: "there is nothing here" } });
  }
  const body = JSON.parse((await textOfRequest(request)) || "{}");
  if (pathname.endsWith("/messages/count_tokens")) return sendJson(response, 200, { input_tokens: 100 });
  const protocol = Object.entries(protocols).find(([end]) => pathname.endsWith(end))?.[1];
  if (protocol === undefined) {
    note({ number, method: request.method, path: pathname }, body);
    return sendJson(response, 404, { error: { message: "there is nothing here" } });
  }
  const isTitle = protocol.isTitle(body);
  const { played, step } = isTitle
    ? { step: { text: "Scripted session" } }
    : currentStep(protocol.turnsOf(body));
  const offered = protocol.offered(body);
  note(
    { number, method: "POST", path: pathname, protocol: protocol.name, isTitle, played, step, offered },
    body,
  );
  if (step.delayMs !== undefined) await sleep(step.delayMs);
  // Until the program hangs up.
  if (step.hang === true) return;
  if (step.error !== undefined) return sendJson(response, step.error, protocol.failure(step));
  await protocol.answer({ request: body, response, id: number, step, calls: callsOf(step, offered) });
}

async function textOfRequest(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}

function modelList() {
  const model = {
    id: modelName,
    object: "model",
    type: "model",
    display_name: "Scripted",
    owned_by: "nobody",
  };
  return { object: "list", data: [{ ...model, created: 1_700_000_000 }], has_more: false };
}
