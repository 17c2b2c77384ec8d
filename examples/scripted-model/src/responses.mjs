// OpenAI's responses, streamed. Used by codex.
import { asksForTitle, pieces, startEvents, textOf } from "./stream.mjs";

export const responses = {
  name: "responses",
  turnsOf({ input }) {
    const items = Array.isArray(input) ? input : [{ type: "message", role: "user", content: String(input) }];
    const turns = [];
    for (const item of items) {
      const by = speakerOf(item);
      // Words, reasoning and calls of the model that follow each other are one turn of it.
      if (by === "assistant" && turns.at(-1)?.by === "assistant") continue;
      if (by !== undefined) turns.push({ by, text: textOf(item.content ?? item.output) });
    }
    return turns;
  },
  offered: ({ tools = [] }) => tools.map(({ name, type }) => name ?? type),
  isTitle: ({ tools = [], input }) => tools.length === 0 && asksForTitle(textOf(input)),
  failure: (step) => ({
    error: {
      message: step.message ?? `scripted error ${step.error}`,
      type: step.errorType ?? "invalid_request_error",
      code: step.code ?? null,
    },
  }),

  async answer({ request, response, id, step, calls }) {
    const send = startEvents(response);
    let number = 0;
    const event = (type, rest) => send({ type, ...rest, sequence_number: number++ }, type);
    const base = { id: `resp_${id}`, object: "response", created_at: 1_700_000_000, model: request.model };
    event("response.created", { response: { ...base, status: "in_progress", output: [] } });
    const output = [];
    if (step.text !== undefined) {
      const item = {
        id: `msg_${id}`,
        type: "message",
        role: "assistant",
        status: "completed",
        content: [{ type: "output_text", text: step.text, annotations: [] }],
      };
      const at = { item_id: item.id, output_index: 0, content_index: 0 };
      event("response.output_item.added", {
        output_index: 0,
        item: { ...item, status: "in_progress", content: [] },
      });
      for await (const piece of pieces(step.text, step))
        event("response.output_text.delta", { ...at, delta: piece });
      if (step.drop === true) return response.socket.destroySoon();
      event("response.output_item.done", { output_index: 0, item });
      output.push(item);
    }
    for (const [index, { tool, args }] of calls.entries()) {
      const item = {
        id: `fc_${id}_${index}`,
        type: "function_call",
        status: "completed",
        call_id: `call_${id}_${index}`,
        name: tool,
        arguments: JSON.stringify(args),
      };
      const place = { output_index: output.length };
      event("response.output_item.added", {
        ...place,
        item: { ...item, status: "in_progress", arguments: "" },
      });
      event("response.output_item.done", { ...place, item });
      output.push(item);
    }
    const usage = {
      input_tokens: 100,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: 20,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 120,
      ...step.usage,
    };
    event("response.completed", { response: { ...base, status: "completed", output, usage } });
    response.end();
  },
};

function speakerOf({ type = "message", role }) {
  if (type.endsWith("_output")) return "tool";
  if (role === "assistant" || type === "reasoning" || type.endsWith("_call")) return "assistant";
  return role === "user" ? "user" : undefined;
}
