import { StringDecoder } from "node:string_decoder";

/** Takes a terminal's bytes, in pieces cut anywhere, and gives the text in them. */
export interface TerminalText {
  push(bytes: Buffer): string;
  /** What was held back until more would come. */
  end(): string;
}

/** Longer ones are no sequences but noise; their text is given after all. */
const longestSequence = 64 * 1024;

/**
 * Escape sequences and control characters are taken out; `\r\n` becomes `\n`, and so does a lone `\r`, since what follows it is written
 * over what came before. Where the cursor was is not followed: a program that paints its screen gives its pieces in the order of painting.
 */
export function createTerminalText(): TerminalText {
  const decoder = new StringDecoder("utf8");
  let heldSequence = "";
  let heldReturns = "";
  const take = (text: string, isLast: boolean): string => {
    const all = heldSequence + text;
    const from = isLast ? all.length : startOfOpenSequence(all);
    heldSequence = all.slice(from);
    const printed = all
      .slice(0, from)
      .replace(sequence, "")
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g, "");
    const lines = heldReturns + printed;
    // More of a run of `\r` may follow, or its `\n`.
    heldReturns = isLast ? "" : (/\r+$/.exec(lines)?.[0] ?? "");
    return lines
      .slice(0, lines.length - heldReturns.length)
      .replace(/\r+\n/g, "\n")
      .replace(/\r+/g, "\n");
  };
  return {
    push: (bytes) => take(decoder.write(bytes), false),
    end: () => take(decoder.end(), true),
  };
}

/** OSC, DCS, SOS, PM, APC up to their end; CSI; the short ones. */
const wholeSequence =
  "\u001b(?:[\\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\\\)|\\[[0-?]*[ -/]*[@-~]|[ -/]*[0-OQ-WYZ\\\\`-~])";
const sequence = new RegExp(wholeSequence, "g");
const openSequence = /\u001b(?:|[\]PX^_][^\u0007\u001b]*\u001b?|\[[0-?]*[ -/]*|[ -/]+)$/y;

/** Where a sequence begins that may not be there as a whole yet. */
function startOfOpenSequence(text: string): number {
  const whole = new RegExp(wholeSequence, "y");
  for (let at = text.indexOf("\u001b"); at >= 0; at = text.indexOf("\u001b", at)) {
    whole.lastIndex = at;
    openSequence.lastIndex = at;
    if (whole.test(text)) at = whole.lastIndex;
    else if (text.length - at < longestSequence && openSequence.test(text)) return at;
    else at += 1;
  }
  return text.length;
}
