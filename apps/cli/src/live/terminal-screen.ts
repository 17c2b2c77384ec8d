import type { ScreenListeners, TerminalScreen } from "../context.js";
import { createPainter } from "./painter.js";

// The screen that programs use for themselves, without a cursor and without line breaks of the terminal's own.
const enterScreen = "\u001b[?1049h\u001b[?25l\u001b[?7l";
const leaveScreen = "\u001b[0m\u001b[?7h\u001b[?25h\u001b[?1049l";

const ctrlC = "\u0003";
const ctrlL = "\u000c";
const ctrlZ = "\u001a";

/**
 * Takes this process's terminal until `close`: all that is written elsewhere is handed to `onText` meanwhile, keys come one by one. The terminal is as it
 * was before after every end that a program can see: also after an unexpected failure, a second Ctrl-C, SIGTERM or a hang-up.
 */
export function openTerminalScreen(listeners: ScreenListeners): TerminalScreen {
  const { stdin, stdout, stderr } = process;
  const streams = [stdout, stderr];
  const writes = streams.map((stream) => stream.write);
  const show = (text: string) => void writes[0]?.call(stdout, text);
  const painter = createPainter();
  const decoder = new TextDecoder();
  const hasKeys = stdin.isTTY === true;
  let isOpen = false;
  let signals = 0;

  const enter = () => {
    isOpen = true;
    painter.forget();
    show(enterScreen);
    if (hasKeys) stdin.setRawMode(true);
  };
  const leave = () => {
    if (!isOpen) return;
    isOpen = false;
    show(leaveScreen);
    if (hasKeys) stdin.setRawMode(false);
  };
  const resume = () => {
    enter();
    listeners.onResize();
  };
  const suspend = () => {
    leave();
    process.kill(process.pid, "SIGTSTP");
    // Reached when the process goes on, or at once where nobody could let it go on (no shell with jobs).
    setTimeout(() => {
      if (!isClosed && !isOpen) resume();
    }, 100);
  };
  const onData = (part: Buffer) => {
    const typed = decoder.decode(part, { stream: true });
    // What is longer is a key like an arrow, or pasted: only Ctrl-C is meant wherever it stands. It goes to all that runs on this terminal, as ever.
    if (typed.includes(ctrlC)) process.kill(0, "SIGINT");
    else if (typed === ctrlZ) suspend();
    else if (typed === ctrlL) {
      painter.forget();
      listeners.onResize();
    } else if (typed.length === 1) listeners.onKey(typed);
  };
  // The first one ends the run in good order, which is somebody else's task; the second one, and a terminal that is gone, end it here.
  const onSignal = (signal: NodeJS.Signals) => {
    signals += 1;
    if (signals < 2 && signal !== "SIGHUP") return;
    close();
    process.kill(process.pid, signal);
  };
  const ended: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];
  let isClosed = false;
  function close() {
    if (isClosed) return;
    leave();
    isClosed = true;
    for (const [index, stream] of streams.entries()) {
      const write = writes[index];
      if (write !== undefined) stream.write = write;
    }
    for (const signal of ended) process.off(signal, onSignal);
    process.off("SIGCONT", resume).off("exit", close).off("uncaughtExceptionMonitor", close);
    stdout.off("resize", listeners.onResize);
    if (hasKeys) stdin.off("data", onData).pause();
  }

  for (const stream of streams) {
    stream.write = ((text: string | Uint8Array, ...rest: unknown[]) => {
      listeners.onText(typeof text === "string" ? text : Buffer.from(text).toString());
      const done = rest.at(-1);
      if (typeof done === "function") done();
      return true;
    }) as typeof stream.write;
  }
  for (const signal of ended) process.on(signal, onSignal);
  process.on("SIGCONT", resume).on("exit", close).on("uncaughtExceptionMonitor", close);
  stdout.on("resize", listeners.onResize);
  // A terminal that is gone shows nothing any more; what goes on here does not end with it.
  stdout.on("error", close);
  if (hasKeys) stdin.on("data", onData).resume();
  enter();

  // A terminal that does not know its size says 0.
  const size = () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 });
  return {
    hasKeys,
    size,
    interrupt: () => void process.kill(process.pid, "SIGINT"),
    draw(lines) {
      const { columns, rows } = size();
      const changes = isOpen ? painter.paint(lines, columns, rows) : "";
      if (changes !== "") show(changes);
    },
    close,
  };
}
