import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Lines of history that a pane keeps. */
const historyLines = 50_000;

/** A dead pane shows the agent's last line and nothing of tmux: so its border says that it has ended. */
const ended =
  "#{?pane_dead,— ended#{?#{!=:#{pane_dead_status},}, with code #{pane_dead_status},#{?#{!=:#{pane_dead_signal},}, by signal #{pane_dead_signal},}} ,}";

/** The keys that take back, for the terminal at hand: one within another tmux (or screen), which keeps its own prefix, needs the second. */
const leaving = "#{?#{m/r:^(tmux|screen),#{client_termname}},#{prefix2},#{prefix}} d: back";

/**
 * What the private server starts with instead of the person's own file. `window-size manual` must never come into it: with it, tmux
 * 3.3a ends at the first `new-session`.
 */
const settings = `# Written by Wiggum at each start of this server; put your own settings into .wiggum/tmux.conf.
# With the last session the server would end by itself, and a session started at that instant with it.
set -s exit-empty off
set -s escape-time 25
set -g default-size 200x50
set -g history-limit ${historyLines}
set -g default-terminal screen-256color
# C-b as everywhere. Within another tmux, which keeps C-b for itself: F12.
set -g prefix2 F12
bind F12 send-prefix -2
# Which agent is in which pane, whatever title its program sets, and whether it has ended.
set -g pane-border-status top
set -g pane-border-format ' #{?@wiggum_title,#{@wiggum_title},#{pane_title}} ${ended}'
set -gq allow-set-title off
set -g allow-rename off
set -g automatic-rename off
# tmux would cut the session's name after ten columns.
set -g status-left-length 60
set -g status-left '[#{=40:session_name}] ${leaving}  '
set -g status-right ''
`;

/** Writes the private server's configuration and gives its path. */
export function writeServerSettings(directory: string): string {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, "server.conf");
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, settings, { mode: 0o600 });
  renameSync(draft, path);
  return path;
}
