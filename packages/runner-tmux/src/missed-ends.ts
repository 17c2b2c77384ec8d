/**
 * Format of a pane: the pid of its server where that has not noticed how the pane's program ended, else nothing. tmux 3.3a on a busy
 * machine loses the signal that tells it so: the program stays a zombie and the pane without a code until some other child ends.
 */
export const missedEnd = "#{?#{&&:#{pane_dead},#{==:#{pane_dead_status}#{pane_dead_signal},}},#{pid},}";

/** Gives servers the signal that they have lost; one that lost none takes no notice of it, as any other program does. */
export function remindOfEnds(missed: readonly string[]): void {
  for (const pid of new Set(missed.map(Number).filter((pid) => pid > 1))) {
    try {
      process.kill(pid, "SIGCHLD");
    } catch {
      // It has ended, or is a server of somebody else, who gets to see no code.
    }
  }
}
