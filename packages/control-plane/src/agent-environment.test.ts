import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { agentEnvironment, cleanEnvironment } from "./agent-environment.js";
import { hookVariables } from "./hook-environment.js";

const agent = { agentId: "worker-0", generation: 2, role: "worker", ticketId: "tk-1", epoch: 7, port: 24001 };

test("every variable that points git at a repository is taken out, as this git itself lists them", () => {
  const listed = execFileSync("git", ["rev-parse", "--local-env-vars"], { encoding: "utf8" })
    .trim()
    .split("\n");
  expect(listed).toContain("GIT_DIR");
  const caller = Object.fromEntries(
    [...listed, "GIT_CONFIG_KEY_0", "GIT_CONFIG_VALUE_0"].map((name) => [name, "x"]),
  );
  expect(cleanEnvironment({ ...caller, GIT_SSH_COMMAND: "ssh -i key", PATH: "/bin" })).toEqual({
    GIT_SSH_COMMAND: "ssh -i key",
    PATH: "/bin",
  });
});

test("a hook's variables and another agent's are taken out, the person's stay", () => {
  const other = ["WIGGUM_GENERATION", "WIGGUM_SESSION_TOKEN", "WIGGUM_EPOCH", "WIGGUM_PORT", "WIGGUM_SET_UP"];
  const caller = Object.fromEntries([...hookVariables, ...other, "EXIT_HELD"].map((name) => [name, "x"]));
  expect(cleanEnvironment({ ...caller, HOME: "/home/p", WIGGUM_MAX_AGENTS: "3", gone: undefined })).toEqual({
    HOME: "/home/p",
    WIGGUM_MAX_AGENTS: "3",
  });
});

test("an agent is told who it is, and can call wiggum by its name", () => {
  const environment = agentEnvironment(
    { PATH: "/bin", WIGGUM_AGENT_ID: "qa-9" },
    agent,
    "/opt/wiggum/bin/wiggum",
  );
  expect(environment).toEqual({
    PATH: "/bin:/opt/wiggum/bin",
    GIT_EDITOR: "true",
    GIT_TERMINAL_PROMPT: "0",
    WIGGUM_AGENT_ID: "worker-0",
    WIGGUM_GENERATION: "2",
    WIGGUM_ROLE: "worker",
    WIGGUM_TICKET_ID: "tk-1",
    WIGGUM_EPOCH: "7",
    WIGGUM_PORT: "24001",
    WIGGUM_BIN: "/opt/wiggum/bin/wiggum",
  });
  const alone = agentEnvironment(
    {},
    { agentId: "supervisor-0", generation: 1, role: "supervisor" },
    "/w/wiggum",
  );
  expect(Object.keys(alone)).not.toContain("WIGGUM_TICKET_ID");
});

test("where git knows nobody the agent's commits bear its name", () => {
  const { GIT_AUTHOR_NAME, GIT_COMMITTER_EMAIL } = agentEnvironment(
    {},
    { ...agent, isNameless: true },
    "/w/wiggum",
  );
  expect([GIT_AUTHOR_NAME, GIT_COMMITTER_EMAIL]).toEqual(["worker-0", "worker-0@local"]);
});
