/** Milliseconds between two looks that cost nothing. */
const shortestPauseMs = 50;

/**
 * Waits until `look` gives a value: for what another process does in its own time. Fails with the last look when it never does. After a look that
 * starts a program the pause is as long as that took, later up to three times as long: whoever waits must not take the processor from what is waited for.
 */
export async function eventually<Value>(
  what: string,
  look: () => Promise<Value | undefined | false>,
  limitMs = 60_000,
): Promise<Value> {
  const end = performance.now() + limitMs;
  for (let looks = 1; ; looks += 1) {
    const begun = performance.now();
    const value = await look();
    if (value !== undefined && value !== false) return value;
    const now = performance.now();
    if (now > end) throw new Error(`never came true: ${what}`);
    const pauseMs = Math.max(shortestPauseMs, Math.min(looks, 3) * (now - begun));
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
