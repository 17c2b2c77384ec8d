import { expect, test } from "vitest";
import { clientEnvironment } from "./client-environment.js";

test("a server that a hook started hands nothing of the hook to panes that a person opens", () => {
  const ofHook = {
    WIGGUM_EVENT_ID: "01",
    WIGGUM_SESSION_TOKEN: "a",
    PROJECT_ROOT: "/p",
    MAIN_PROJECT_ROOT: "/p",
    MAIN_WIGGUM_DIR: "/p/.wiggum",
    TICKETS_DIR: "/p/.wiggum/tickets",
    HOOKS_DIR: "/p/.wiggum/hooks",
    PROMPTS_DIR: "/p/.wiggum/prompts",
    EXIT_SUCCESS: "0",
    GIT_DIR: "/p/.git",
    TMUX: "/tmp/tmux-0/default,1,0",
    TMUX_PANE: "%1",
    PWD: "/p",
  };
  const ofPerson = { PATH: "/bin", HOME: "/home/ann", PROJECT_ROOTS: "/srv", MY_HOOKS_DIR: "/h" };
  expect(clientEnvironment({ ...ofPerson, ...ofHook, UNSET: undefined })).toEqual(ofPerson);
});
