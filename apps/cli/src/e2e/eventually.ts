/** Waits until `look` gives a value: for what another process does in its own time. Fails with the last look when it never does. */
export async function eventually<Value>(
  what: string,
  look: () => Promise<Value | undefined | false>,
  limitMs = 60_000,
): Promise<Value> {
  const end = performance.now() + limitMs;
  for (;;) {
    const value = await look();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > end) throw new Error(`never came true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
