/**
 * The environment for tmux itself. A server that one of our commands starts keeps it, outlives that command and hands it to every pane
 * that a person opens: so nothing in it may say that it belongs to an agent, a hook, or another tmux.
 */
export function clientEnvironment(
  caller: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(caller)) {
    const isForeign =
      /^(WIGGUM_|GIT_|MAIN_|EXIT_|(PROJECT_ROOT|TICKETS_DIR|HOOKS_DIR|PROMPTS_DIR|TMUX|TMUX_PANE|TMUX_TMPDIR|PWD|OLDPWD)$)/.test(
        name,
      );
    if (value !== undefined && !isForeign) kept[name] = value;
  }
  return kept;
}
