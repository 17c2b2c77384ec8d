// Anthropic's messages, streamed or whole. Used by claude.
import { asksForTitle, pieces, sendJson, startEvents, textOf } from "./stream.mjs";

export const messages = {
  name: "messages",
  turnsOf: ({ messages: list = [] }) =>
    list.flatMap(({ role, content }) => {
      if (role === "assistant") return [{ by: "assistant", text: textOf(content) }];
      // One message may hold results of tools and words of the person.
      const parts = Array.isArray(content) ? content : [{ type: "text", text: content }];
      const results = parts.filter(({ type }) => type === "tool_result");
      const words = parts.filter(({ type }) => type !== "tool_result");
      return [
        ...(results.length === 0 ? [] : [{ by: "tool", text: textOf(results) }]),
        ...(words.length === 0 ? [] : [{ by: "user", text: textOf(words) }]),
      ];
    }),
  offered: ({ tools = [] }) => tools.map(({ name }) => name),
  isTitle: ({ tools = [], system, messages: list = [] }) =>
    tools.length === 0 && asksForTitle(textOf(system), textOf(list)),
  failure: (step) => ({
    type: "error",
    error: { type: step.errorType ?? "api_error", message: step.message ?? `scripted error ${step.error}` },
  }),

  async answer({ request, response, id, step, calls }) {
    const usage = {
      input_tokens: 100,
      output_tokens: 20,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
    };
    const content = [
      ...(step.text === undefined ? [] : [{ type: "text", text: step.text }]),
      ...calls.map(({ tool, args }, index) => ({
        type: "tool_use",
        id: `toolu_${id}_${index}`,
        name: tool,
        input: args,
      })),
    ];
    const reason = calls.length > 0 ? "tool_use" : "end_turn";
    const message = {
      id: `msg_${id}`,
      type: "message",
      role: "assistant",
      model: request.model,
      content,
      stop_reason: reason,
      stop_sequence: null,
      usage: { ...usage, ...step.usage },
    };
    if (request.stream !== true) return sendJson(response, 200, message);
    const send = startEvents(response);
    const event = (type, rest) => send({ type, ...rest }, type);
    event("message_start", { message: { ...message, content: [], stop_reason: null } });
    for (const [index, part] of content.entries()) {
      const isText = part.type === "text";
      const empty = isText ? { type: "text", text: "" } : { ...part, input: {} };
      event("content_block_start", { index, content_block: empty });
      if (isText) {
        for await (const piece of pieces(part.text, step)) {
          event("content_block_delta", { index, delta: { type: "text_delta", text: piece } });
        }
        if (step.drop === true) return response.socket.destroySoon();
      } else {
        const delta = { type: "input_json_delta", partial_json: JSON.stringify(part.input) };
        event("content_block_delta", { index, delta });
      }
      event("content_block_stop", { index });
    }
    event("message_delta", {
      delta: { stop_reason: reason, stop_sequence: null },
      usage: { output_tokens: 20 },
    });
    event("message_stop", {});
    response.end();
  },
};
