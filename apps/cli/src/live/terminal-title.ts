import type { TerminalTitle } from "../context.js";

/** Puts the title aside, and back: terminals that know no such thing ignore it. */
const [save, restore] = ["\u001b[22;2t", "\u001b[23;2t"];

/** Takes the title of this process's terminal until `close`, also at an end that nobody asked for. A screen that is opened later changes nothing of it. */
export function openTerminalTitle(): TerminalTitle {
  const { stderr } = process;
  // As it is before a screen takes the streams for itself.
  const write = stderr.write.bind(stderr);
  let isOpen = true;
  write(save);
  function close() {
    if (!isOpen) return;
    isOpen = false;
    process.off("exit", close);
    write(`${titled("")}${restore}`);
  }
  process.on("exit", close);
  return {
    show(text) {
      if (isOpen) write(titled(text));
    },
    close,
  };
}

function titled(text: string): string {
  return `\u001b]2;${text}\u0007`;
}
