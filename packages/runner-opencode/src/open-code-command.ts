import { basename } from "node:path";
import { unknownWord } from "./errors.js";

/** What a command that starts OpenCode says of the session. */
export interface OpenCodeCommand {
  readonly program: string;
  readonly model?: { readonly providerID: string; readonly modelID: string } | undefined;
  /** OpenCode's own kind of agent: `build`, `plan`, or one of the project's. */
  readonly agent?: string | undefined;
  readonly variant?: string | undefined;
}

/** Flags with a value that mean something to a session on a server. */
const meant: Readonly<Record<string, "model" | "agent" | "variant">> = {
  "--model": "model",
  "-m": "model",
  "--agent": "agent",
  "--variant": "variant",
};
/** What a profile says of how the program itself prints or is prompted: here the runner does both. */
const ofTheProgram: readonly string[] = ["--format", "--prompt"];

/**
 * Reads a command whose program is OpenCode; `undefined` = it is another program.
 * @throws RUNNER_FAILED it has a word that a session on a server knows nothing of: to leave it out silently would be another command
 */
export function openCodeCommand(command: readonly string[]): OpenCodeCommand | undefined {
  const [program = "", ...words] = command;
  if (!/^opencode(\.exe)?$/.test(basename(program))) return undefined;
  const said: { model?: string; agent?: string; variant?: string } = {};
  if (words[0] === "run") words.shift();
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const [flag = "", inline] = splitOnce(word, "=");
    const name = meant[flag];
    if (name === undefined && !ofTheProgram.includes(flag)) throw unknownWord(word, Object.keys(meant));
    const value = inline ?? words.shift();
    if (value === undefined) throw unknownWord(word, Object.keys(meant));
    if (name !== undefined) said[name] = value;
  }
  const { model, agent, variant } = said;
  return {
    program,
    ...(model === undefined ? {} : { model: modelOf(model) }),
    ...(agent === undefined ? {} : { agent }),
    ...(variant === undefined ? {} : { variant }),
  };
}

function modelOf(name: string): NonNullable<OpenCodeCommand["model"]> {
  const [providerID = "", modelID] = splitOnce(name, "/");
  if (modelID === undefined || providerID === "" || modelID === "")
    throw unknownWord(`--model ${name}`, ["provider/model"]);
  return { providerID, modelID };
}

function splitOnce(text: string, at: string): readonly [string, string | undefined] {
  const index = text.indexOf(at);
  return index < 0 ? [text, undefined] : [text.slice(0, index), text.slice(index + 1)];
}
