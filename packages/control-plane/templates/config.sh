# Settings of Wiggum for this project: one NAME="value" a line. The file is read, never executed.
# The environment and command line flags win over it. Structured settings (worktrees, checks, limits) are in config.yaml.

# The command that starts an agent, with its arguments. It gets the line that names its prompt file as its last argument,
# or where {prompt_line} or {prompt_file} stands.
WIGGUM_AGENT_CMD="claude"

# How many agents may work at once. Supervisors do not count, nor do agents whose ticket waits for somebody else.
WIGGUM_MAX_AGENTS="4"

# How often 'wiggum run' looks again when nothing happens, in seconds.
WIGGUM_POLL_INTERVAL="10"

# Who moves finished work to the base branch: manual (you, with 'wiggum branch merge') or auto ('wiggum run').
WIGGUM_MERGE="manual"

# Whose change makes a write return early (exit 8) so that you see it first: target (the same ticket), any, none.
WIGGUM_ON_CHANGE="target"

# false: ticket commands edit only the files of your own view, until 'wiggum ticket sync' submits them.
WIGGUM_AUTO_SYNC="true"

# Name of the session. Default: wiggum-<name of the project's folder>.
# WIGGUM_SESSION="wiggum-myproject"

# Editor of 'wiggum ticket edit'. Default: $EDITOR, else vim.
# WIGGUM_EDITOR="vim"

# Where agents run: process (with a log), tmux (in panes), auto (in panes if a person at a terminal starts them).
# WIGGUM_RUNNER="auto"

# The tmux server: private (one of this project's own) or default (yours).
# WIGGUM_TMUX_SOCKET="private"

# Layout of the panes.
# WIGGUM_LAYOUT="tiled"

# How text is typed into an agent in a pane: auto, normal, vim.
# WIGGUM_EDITOR_MODE="auto"
