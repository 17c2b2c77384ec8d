// The real OpenCode for the demo, with a scripted model in place of a paid one: it lets each agent do what the demo's own agents do.
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { findOpenCode, makeOpenCodeHome } from "@wiggum/example-scripted-model/open-code";

const serve = fileURLToPath(import.meta.resolve("@wiggum/example-scripted-model/serve"));

/**
 * Starts the model and makes a home where OpenCode knows no other. `environment` is for everything that the demo starts, `prompt` a file with
 * what each role is told beside its ticket.
 */
export async function startOpenCode(folder, agent) {
  const model = spawn(process.execPath, [serve], { stdio: ["ignore", "pipe", "inherit"] });
  const line = await new Promise((resolve, reject) => {
    model.once("exit", () => reject(new Error("the scripted model ended")));
    createInterface({ input: model.stdout }).once("line", resolve);
  });
  const [url] = /http:\/\/\S+/.exec(line);
  // Once for the prompt, and again for each message: its ticket may come back.
  const turn = [{ text: "I work.", run: `${process.execPath} ${agent}` }, { text: "All is done." }];
  const steps = Array.from({ length: 12 }, () => turn).flat();
  const prompt = join(folder, "prompt.md");
  writeFileSync(prompt, `<script>${JSON.stringify(steps)}</script>\n`);
  console.log(`OpenCode is ${join(findOpenCode(), "opencode")}, its model a script at ${url}`);
  return {
    prompt,
    environment: makeOpenCodeHome(join(folder, "home"), url),
    /** How often a model was asked. */
    turns: async () => {
      const requests = await (await fetch(`${url}/requests`)).json();
      return requests.filter(({ played, isTitle }) => played !== undefined && !isTitle).length;
    },
    stop: () => model.kill("SIGTERM"),
  };
}
