// OpenAI's chat completions, streamed or whole. Used by opencode.
import { asksForTitle, pieces, sendJson, startEvents, textOf } from "./stream.mjs";

export const chat = {
  name: "chat",
  turnsOf: ({ messages = [] }) =>
    messages.map(({ role, content }) => ({
      by: role === "assistant" || role === "tool" ? role : "user",
      text: role === "system" ? "" : textOf(content),
    })),
  offered: ({ tools = [] }) => tools.map((tool) => tool.function?.name ?? tool.name),
  isTitle: ({ tools = [], messages = [] }) => tools.length === 0 && asksForTitle(textOf(messages)),
  failure: (step) => ({
    error: {
      message: step.message ?? `scripted error ${step.error}`,
      type: step.errorType ?? "invalid_request_error",
      code: step.code ?? null,
    },
  }),

  async answer({ request, response, id, step, calls }) {
    const base = {
      id: `chatcmpl-${id}`,
      object: "chat.completion.chunk",
      created: 1_700_000_000,
      model: request.model,
    };
    const usage = { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120, ...step.usage };
    const finish = calls.length > 0 ? "tool_calls" : (step.finish ?? "stop");
    const toolCalls = calls.map(({ tool, args }, index) => ({
      index,
      id: `call_${id}_${index}`,
      type: "function",
      function: { name: tool, arguments: JSON.stringify(args) },
    }));
    if (request.stream !== true) {
      const message = {
        role: "assistant",
        content: step.text ?? null,
        ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls }),
      };
      const choices = [{ index: 0, message, finish_reason: finish }];
      return sendJson(response, 200, { ...base, object: "chat.completion", choices, usage });
    }
    const send = startEvents(response);
    const say = (delta, reason = null) =>
      send({ ...base, choices: [{ index: 0, delta, finish_reason: reason }] });
    say({ role: "assistant", content: "" });
    for await (const piece of pieces(step.reasoning)) say({ reasoning_content: piece });
    for await (const piece of pieces(step.text, step)) say({ content: piece });
    if (step.drop === true) return response.socket.destroySoon();
    for (const call of toolCalls) say({ tool_calls: [call] });
    say({}, finish);
    send({ ...base, choices: [], usage });
    send("[DONE]");
    response.end();
  },
};
