import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const serve = fileURLToPath(new URL("../../../../examples/scripted-model/src/serve.mjs", import.meta.url));

/** What the model does, one step after the other; see examples/scripted-model. */
export type Step = Readonly<Record<string, unknown>>;

/** A turn that the model played: how many before it, and what it was told to do. */
export interface PlayedTurn {
  readonly played: number;
  readonly isTitle: boolean;
  readonly path: string;
  readonly step: Step;
}

export interface ScriptedModel {
  readonly url: string;
  readonly pid: number;
  turns(): Promise<readonly PlayedTurn[]>;
  stop(): void;
}

/** The model that the tests' OpenCode talks to, as a program of its own on this machine. */
export async function startModel(): Promise<ScriptedModel> {
  const server: ChildProcess = spawn(process.execPath, [serve], { stdio: ["ignore", "pipe", "inherit"] });
  const output = server.stdout;
  if (output === null || server.pid === undefined) throw new Error("the scripted model did not start");
  const line = await new Promise<string>((resolve, reject) => {
    server.once("exit", () => reject(new Error("the scripted model ended")));
    createInterface({ input: output }).once("line", resolve);
  });
  const url = /http:\/\/\S+/.exec(line)?.[0] ?? "";
  return {
    url,
    pid: server.pid,
    turns: async () =>
      ((await (await fetch(`${url}/requests`)).json()) as Partial<PlayedTurn>[]).filter(
        (one): one is PlayedTurn => one.played !== undefined && one.isTitle === false,
      ),
    stop: () => void server.kill("SIGTERM"),
  };
}

/** The prompt that makes the model play these steps. */
export function scriptOf(steps: readonly Step[]): string {
  // A script within a script must not end it.
  return `Do this.\n\n<script>${JSON.stringify(steps).replaceAll("</", "<\\/")}</script>\n`;
}
