// The real agent programs, as `scripts/install-agents.mjs` installs them, and what each needs to work without a login or a network.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "vitest";

const repository = fileURLToPath(new URL("../../../../../", import.meta.url));
const installed = join(repository, ".agents", "node_modules", ".bin");

const { agents } = JSON.parse(readFileSync(join(repository, "scripts", "agents.json"), "utf8")) as {
  agents: Record<AgentProgram, { readonly version: string }>;
};

export type AgentProgram = "claude" | "codex" | "opencode";
export const agentPrograms: readonly AgentProgram[] = ["claude", "codex", "opencode"];

export function versionOf(program: AgentProgram): string {
  return agents[program].version;
}

/** A test with one real program; where that is not installed it is skipped, by name. */
export function testWith(
  program: AgentProgram,
): (name: string, body: () => Promise<void>, timeoutMs: number) => void {
  const run = test.skipIf(!existsSync(join(installed, program)));
  return (name, body, timeoutMs) => run(`${program} ${name}`, body, timeoutMs);
}

/**
 * A home without a person: each program believes that somebody has used it before, and knows one model, at `model`. `base` is a folder of
 * the test's own. PATH has the program and `wiggum`.
 */
export function agentHome(base: string, model: string): Record<string, string | undefined> {
  const home = join(base, "home");
  const inHome = (...parts: string[]) => join(home, ...parts);
  const write = (path: string, text: string) => {
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, text);
  };
  write(inHome("claude", ".claude.json"), JSON.stringify({ hasCompletedOnboarding: true, theme: "dark" }));
  write(inHome("codex", "config.toml"), codexConfig(model));
  // It looks whether this package is installed before it starts, and waits a minute and more for a network that is not there. Only the
  // names are looked at.
  const dependencies = { "@opencode-ai/plugin": versionOf("opencode") };
  const lock = { lockfileVersion: 3, packages: { "": { dependencies } } };
  write(inHome("config", "opencode", "package.json"), JSON.stringify({ dependencies }));
  write(inHome("config", "opencode", "package-lock.json"), JSON.stringify(lock));
  mkdirSync(inHome("config", "opencode", "node_modules"));
  write(inHome("config", "opencode", "opencode.json"), JSON.stringify(openCodeConfig(model)));
  return {
    HOME: home,
    TMPDIR: undefined,
    XDG_CONFIG_HOME: inHome("config"),
    XDG_DATA_HOME: inHome("data"),
    XDG_STATE_HOME: inHome("state"),
    XDG_CACHE_HOME: inHome("cache"),
    PATH: [join(base, "programs"), installed, process.env["PATH"] ?? ""].join(":"),
    CLAUDE_CONFIG_DIR: inHome("claude"),
    ANTHROPIC_BASE_URL: model,
    ANTHROPIC_AUTH_TOKEN: "none",
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    CODEX_HOME: inHome("codex"),
    SCRIPTED_MODEL_KEY: "none",
    OPENCODE_DISABLE_MODELS_FETCH: "1",
    // This machine may call itself a sandbox: the tests must not depend on it.
    IS_SANDBOX: undefined,
    // Whoever wants to reach anything but this machine meets a closed door.
    ...variables(
      ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"],
      "http://127.0.0.1:9",
    ),
    ...variables(["no_proxy", "NO_PROXY"], "127.0.0.1,localhost"),
  };
}

function variables(names: readonly string[], value: string): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, value]));
}

function codexConfig(model: string): string {
  return `model = "scripted-1"
model_provider = "scripted"
# Temporary folders are writable by default, and so would be everything in this test.
[sandbox_workspace_write]
exclude_slash_tmp = true
exclude_tmpdir_env_var = true
[model_providers.scripted]
name = "scripted"
base_url = "${model}/v1"
wire_api = "responses"
env_key = "SCRIPTED_MODEL_KEY"
`;
}

function openCodeConfig(model: string) {
  return {
    model: "scripted/scripted-1",
    // Something that it must ask for; without a terminal nothing in the scripts does it.
    permission: { bash: { "*": "allow", "curl *": "ask" } },
    provider: {
      scripted: {
        npm: "@ai-sdk/openai-compatible",
        name: "Scripted",
        options: { baseURL: `${model}/v1`, apiKey: "none" },
        models: { "scripted-1": { name: "Scripted" } },
      },
    },
  };
}
