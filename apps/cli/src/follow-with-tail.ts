/** What was printed last, and from there on what is printed. */
export interface FollowedOutput {
  readonly tail: string;
  readonly parts: AsyncIterable<string> | readonly string[];
}

/** An agent that prints without a pause is never seen standing still. */
const mostLooks = 5;

/**
 * Joins the last lines and what follows without a gap and without a line twice: what is followed begins at a moment between two reads of the
 * last lines that found the same. Where the agent prints too fast for that, some lines come twice and none is lost.
 * @param follow begins at the moment of the call
 */
export async function followWithTail(
  read: () => Promise<string>,
  follow: () => FollowedOutput["parts"],
): Promise<FollowedOutput> {
  let before = await read();
  for (let look = 1; ; look += 1) {
    const parts = follow();
    const tail = await read();
    if (tail === before || look === mostLooks) return { tail, parts };
    before = tail;
  }
}
