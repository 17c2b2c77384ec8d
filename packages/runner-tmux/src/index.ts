export { createTmuxRunner, type TmuxRunner } from "./create-tmux-runner.js";
export { joinRunners } from "./join-runners.js";
export type { KnownState, TmuxRunnerOptions } from "./options.js";
export { type ProbeOptions, probeTmux, type TmuxProbe } from "./probe.js";
export { inboxProfile, type PaneProfile } from "./profile.js";
export type { TmuxPane, TmuxSession } from "./session-view.js";
export { privateServerName } from "./socket.js";
export type { TypingWaits } from "./type-into-pane.js";
