/**
 * The only variables of git's that a caller's environment may carry into our calls: how to reach a server, who the person is,
 * which configuration files are theirs, which installation this is. Everything else that begins with `GIT_` is dropped, which
 * covers all that `git rev-parse --local-env-vars` lists (a hook in a linked worktree exports `GIT_DIR`, and ticket commands
 * then wrote to the code repository), injected configuration (`GIT_CONFIG_COUNT`, ...) and traces. Dropping by prefix needs no
 * extra process, and a variable that a later git invents cannot redirect us either.
 */
const carried: ReadonlySet<string> = new Set([
  "GIT_ASKPASS",
  "GIT_AUTHOR_DATE",
  "GIT_AUTHOR_EMAIL",
  "GIT_AUTHOR_NAME",
  "GIT_CEILING_DIRECTORIES",
  "GIT_COMMITTER_DATE",
  "GIT_COMMITTER_EMAIL",
  "GIT_COMMITTER_NAME",
  "GIT_CONFIG_GLOBAL",
  "GIT_CONFIG_NOSYSTEM",
  "GIT_CONFIG_SYSTEM",
  "GIT_DISCOVERY_ACROSS_FILESYSTEM",
  "GIT_EXEC_PATH",
  "GIT_PROXY_COMMAND",
  "GIT_SSH",
  "GIT_SSH_COMMAND",
  "GIT_SSH_VARIANT",
  "GIT_SSL_CAINFO",
  "GIT_SSL_CAPATH",
  "GIT_SSL_CERT",
  "GIT_SSL_KEY",
  "GIT_SSL_NO_VERIFY",
]);

/** Set for every call. No prompt, editor or pager may wait for a person; answers are in English; reads take no lock. */
const fixed: Readonly<Record<string, string>> = {
  LC_ALL: "C",
  GIT_TERMINAL_PROMPT: "0",
  GIT_EDITOR: "true",
  GIT_SEQUENCE_EDITOR: "true",
  GIT_MERGE_AUTOEDIT: "no",
  GIT_PAGER: "cat",
  GIT_OPTIONAL_LOCKS: "0",
};

/**
 * The environment for a git call, made from a caller's. `extra` is laid over it untouched: a caller that wants a temporary
 * `GIT_INDEX_FILE` says so there.
 */
export function gitEnvironment(
  from: Readonly<Record<string, string | undefined>>,
  extra: Readonly<Record<string, string | undefined>> = {},
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(from)) {
    if (value === undefined) continue;
    if (name.toUpperCase().startsWith("GIT_") && !carried.has(name.toUpperCase())) continue;
    environment[name] = value;
  }
  Object.assign(environment, fixed);
  for (const [name, value] of Object.entries(extra)) {
    if (value === undefined) delete environment[name];
    else environment[name] = value;
  }
  return environment;
}

/** Options before every sub-command: no hook and no file-system monitor of the person's runs, no sub-module is touched. */
export const gitOptions: readonly string[] = [
  "--no-pager",
  "-c",
  // As `devNull` of `node:os`, which every command would load for it.
  `core.hooksPath=${process.platform === "win32" ? String.raw`\\.\nul` : "/dev/null"}`,
  "-c",
  "core.fsmonitor=false",
  "-c",
  "submodule.recurse=false",
];
