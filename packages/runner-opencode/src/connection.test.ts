// What happens while an attendant hears nothing of its server. On the real OpenCode; only the model is scripted.
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { connect } from "./connection.js";
import { createCutOff } from "./testing/cut-off.js";
import { createOpenCodeWorld, testWithOpenCode, within } from "./testing/open-code-world.js";
import { type ScriptedModel, startModel } from "./testing/scripted-model.js";

let model: ScriptedModel;
beforeAll(async () => {
  model = await startModel();
});
afterAll(() => model.stop());

// P23, P27
testWithOpenCode(
  "what was asked and said while the stream of events was cut is read afterwards",
  async () => {
    const world = createOpenCodeWorld(model);
    const password = "a person's";
    const far = await world.personsServer(password);
    const way = await createCutOff(far);
    const runner = world.another({ server: { url: way.url, password } });
    const handle = await runner.start(
      world.order([
        { run: "echo $$ > pid; until [ -e go ]; do sleep 0.1; done; echo said-while-cut" },
        { run: "curl --version > version.txt" },
        { text: "Done." },
      ]),
    );
    await within("its command runs", async () => existsSync(join(world.worktree(), "pid")));
    await world.state(handle, "busy");
    way.cut();
    // It does not claim to know what it cannot hear.
    await world.state(handle, "retrying");
    await writeFile(join(world.worktree(), "go"), "");
    const direct = connect({ url: far, password }, world.worktree());
    await within("it has asked, and nobody heard it", async () => (await direct.permissions()).length > 0);

    way.mend();
    const waiting = await world.state(handle, "waiting_input");
    expect(waiting).toMatchObject({ question: "May it: bash curl --version > version.txt?" });
    await runner.answer(handle, (waiting as { requestId?: string }).requestId ?? "", { allow: true });
    await world.state(handle, "idle");
    const output = await runner.output(handle, 100);
    expect(output).toContain("said-while-cut");
    expect(output).toContain("Done.");
    expect(existsSync(join(world.worktree(), "version.txt"))).toBe(true);
    expect((await runner.session(handle))?.turns).toBe(1);
    await runner.stop(handle);
  },
);
