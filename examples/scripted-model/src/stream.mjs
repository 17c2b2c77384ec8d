import { setTimeout as sleep } from "node:timers/promises";

export function sendJson(response, status, value) {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(value));
}

/** Starts a stream of server-sent events; gives the sender of one. */
export function startEvents(response) {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  return (value, name) => {
    const event = name === undefined ? "" : `event: ${name}\n`;
    response.write(`${event}data: ${typeof value === "string" ? value : JSON.stringify(value)}\n\n`);
  };
}

/** A text in small pieces, as a model would say it; `chunkMs` between two, and the connection cut after the first where a step says so. */
export async function* pieces(text = "", step = {}, size = 12) {
  for (let from = 0; from < text.length; from += size) {
    yield text.slice(from, from + size);
    if (step.drop === true) return;
    if (step.chunkMs !== undefined) await sleep(step.chunkMs);
  }
}

/** Text of a message's content in any of the protocols: a string, or parts of several kinds. */
export function textOf(content) {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content
    .map((part) => (typeof part === "string" ? part : (part.text ?? textOf(part.content ?? part.output))))
    .join("\n");
}

/** Programs ask for a title of the session in a request of its own, which must not count as a step of the work. */
export function asksForTitle(...texts) {
  return texts.some((text) =>
    /title generator|\b(generate|write|create|provide)\b[^.\n]{0,80}\btitle\b/i.test(text),
  );
}
