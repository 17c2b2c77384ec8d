import { afterAll, beforeAll, expect, test } from "vitest";
import { startScriptedModel } from "./server.mjs";

let model: Awaited<ReturnType<typeof startScriptedModel>>;
beforeAll(async () => {
  model = await startScriptedModel();
});
afterAll(() => model.close());

const post = (path: string, body: unknown) =>
  fetch(`${model.url}${path}`, { method: "POST", body: JSON.stringify(body) });
const script = (...steps: readonly unknown[]) => `Do it. <script>${JSON.stringify(steps)}</script>`;
const user = (content: unknown) => ({ role: "user", content });
const bash = [{ name: "Bash", function: { name: "Bash" } }];

test("the same conversation gets the same answer in all three protocols, whole or streamed", async () => {
  const prompt = script({ text: "one" }, { text: "two", run: "ls {ticket}" }, { text: "three" });
  const talk = [user(`tk-1a2b ${prompt}`), { role: "assistant", content: "one" }];
  for (const stream of [false, true]) {
    const chat = await post("/v1/chat/completions", { stream, messages: talk, tools: bash });
    const messages = await post("/v1/messages", { stream, messages: talk, tools: bash });
    for (const response of [chat, messages]) {
      const text = await response.text();
      expect(text).toContain("two");
      expect(text).toContain("ls tk-1a2b");
      expect(text).not.toContain("three");
    }
  }
  const input = [
    { role: "user", content: [{ type: "input_text", text: prompt }] },
    { type: "message", role: "assistant", content: [{ type: "output_text", text: "one" }] },
    { type: "function_call", name: "exec_command", arguments: "{}", call_id: "1" },
    { type: "function_call_output", call_id: "1", output: "done" },
  ];
  const said = await (
    await post("/v1/responses", { stream: true, input, tools: [{ name: "exec_command" }] })
  ).text();
  expect(said).toContain('"name":"exec_command"');
  expect(said).toContain("response.completed");
  expect(said).not.toContain("three");
});

test("past its end a script says that it is done; without one it says so", async () => {
  const ask = async (...messages: readonly unknown[]) => {
    const response = await post("/v1/messages", { messages, tools: bash });
    return ((await response.json()) as { content: { text: string }[] }).content[0]?.text;
  };
  expect(await ask(user(script()))).toBe("DONE");
  expect(await ask(user("hello"))).toMatch(/no script/);
  expect(await ask(user("<script>[</script>"))).toMatch(/no JSON/);
});

test("a prompt that names a file has it read; a script in that file is played, and not anew when it is read again", async () => {
  const line = user("Read notes/prompt.md and do what it says. You are worker-0.");
  const result = (text: string) => ({
    role: "user",
    content: [{ type: "tool_result", tool_use_id: "1", content: text }],
  });
  const said = { role: "assistant", content: [{ type: "text", text: "…" }] };
  const next = async (...messages: readonly unknown[]) =>
    (await post("/v1/messages", { messages, tools: [{ name: "Read" }, { name: "Bash" }] })).text();
  expect(await next(line)).toContain('"input":{"file_path":"notes/prompt.md"}');
  const told = script({ text: "first" }, { text: "second" });
  expect(await next(line, said, result(told))).toContain("first");
  expect(await next(line, said, result(told), said, result(told))).toContain("second");
});

test("errors are repeated as often as they are asked for; a title is no step", async () => {
  const failing = {
    messages: [user(script({ error: 429, errorType: "rate_limit_error", message: "slow down" }))],
    tools: bash,
  };
  for (let time = 0; time < 2; time += 1) {
    const response = await post("/v1/messages", failing);
    expect(response.status).toBe(429);
    expect(await response.json()).toMatchObject({
      error: { type: "rate_limit_error", message: "slow down" },
    });
  }
  const title = { system: "Generate a short title for this conversation", messages: failing.messages };
  expect(await (await post("/v1/messages", title)).text()).toContain("Scripted session");
});

test("a step may hang until the client leaves, or cut the connection", async () => {
  const hanging = fetch(`${model.url}/v1/messages`, {
    method: "POST",
    body: JSON.stringify({ messages: [user(script({ hang: true }))], tools: bash }),
    signal: AbortSignal.timeout(300),
  });
  await expect(hanging).rejects.toThrow();
  const cut = await post("/v1/chat/completions", {
    stream: true,
    messages: [user(script({ text: "a long text that is cut off", drop: true }))],
    tools: bash,
  });
  await expect(cut.text()).rejects.toThrow();
});

test("every request is in the log", async () => {
  const log = (await (await fetch(`${model.url}/requests`)).json()) as {
    protocol?: string;
    played?: number;
  }[];
  expect(new Set(log.map(({ protocol }) => protocol))).toEqual(new Set(["chat", "messages", "responses"]));
  expect((await fetch(`${model.url}/v1/nothing`)).status).toBe(404);
});
