/** Milliseconds of a clock that never goes back. `performance.now()` tells the same, and loads all of `node:perf_hooks` first. */
export function monotonicMs(): number {
  return process.uptime() * 1000;
}
