// OpenCode without a person, a login or a network: where the program is, and a home where it knows no model but a scripted one.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const installed = here("../../../.agents/node_modules/.bin");
const { version } = JSON.parse(readFileSync(here("../../../scripts/agents.json"), "utf8")).agents.opencode;

/** Folder of the program: the one that this repository installs, else the first on PATH. `undefined` = there is none. */
export function findOpenCode() {
  const folders = [installed, ...(process.env.PATH ?? "").split(delimiter)];
  return folders.find((folder) => folder !== "" && existsSync(join(folder, "opencode")));
}

/**
 * Makes that home and gives the variables for whatever starts OpenCode.
 * @param {string} home a folder, made here
 * @param {string} url of the scripted model
 */
export function makeOpenCodeHome(home, url) {
  const config = join(home, "config", "opencode");
  mkdirSync(join(config, "node_modules"), { recursive: true });
  // It looks for this package before it starts, and waits long for a network that is not there. Only the names are looked at.
  const dependencies = { "@opencode-ai/plugin": version };
  const files = {
    "package.json": { dependencies },
    "package-lock.json": { lockfileVersion: 3, packages: { "": { dependencies } } },
    "opencode.json": configuration(url),
  };
  for (const [name, value] of Object.entries(files)) writeFileSync(join(config, name), JSON.stringify(value));
  return {
    PATH: [findOpenCode() ?? "", process.env.PATH ?? ""].join(delimiter),
    HOME: home,
    XDG_CONFIG_HOME: join(home, "config"),
    XDG_DATA_HOME: join(home, "data"),
    XDG_STATE_HOME: join(home, "state"),
    XDG_CACHE_HOME: join(home, "cache"),
    OPENCODE_DISABLE_MODELS_FETCH: "1",
  };
}

function configuration(url) {
  return {
    model: "scripted/scripted-1",
    permission: { bash: "allow" },
    provider: {
      scripted: {
        npm: "@ai-sdk/openai-compatible",
        name: "Scripted",
        options: { baseURL: `${url}/v1`, apiKey: "none" },
        models: { "scripted-1": { name: "Scripted", cost: { input: 1, output: 2 } } },
      },
    },
  };
}
