// A program with a composer, as coding agents have one: raw terminal, paints its own screen, takes a line at Enter. Its one argument is
// JSON: how it behaves. Writes what it got into `got.json`, `{submitted, keys}`, after each piece of input.
import { renameSync, writeFileSync } from "node:fs";

const {
  /** Milliseconds from a character to its being painted. */
  slowMs = 0,
  /** So many Enters are taken for nothing. */
  swallowedEnters = 0,
  /** Modal editing: begins in normal mode, `i` begins to insert, Escape ends. */
  isVim = false,
  /** Asks for pastes in brackets, which may have lines. */
  takesPastes = false,
  /** Paints nothing of what is typed. */
  isBlind = false,
  /** Paints stars for this word. */
  hides = "",
  /** Paints the composer in a box, and hides the cursor somewhere else. */
  isBoxed = false,
  /** Begins a new line where Enter follows a backslash, which goes. */
  breaksLines = false,
  /** Shown above the composer. */
  head = "",
} = JSON.parse(process.argv[2] ?? "{}");

let draft = "";
let isInserting = !isVim;
let isPasting = false;
let entersLeft = swallowedEnters;
let keys = "";
const submitted = [];
const waiting = [];

process.stdin.setRawMode(true);
process.stdin.setEncoding("utf8");
if (takesPastes) process.stdout.write("\x1b[?2004h");
process.stdin.on("data", (text) => {
  keys += text;
  // Escape and what comes with it in one piece is one key, as for every program.
  waiting.push(...(text.match(/\x1b\[20[01]~|\x1b[^\x1b]|[\s\S]/gu) ?? []));
  if (slowMs === 0) while (waiting.length > 0) take(waiting.shift());
  paint();
  tell();
});
if (slowMs > 0) setInterval(next, slowMs);
paint();
tell();

function take(key) {
  if (key === "\x1b[200~") isPasting = true;
  else if (key === "\x1b[201~") isPasting = false;
  else if (isPasting) draft += key.replace("\r", "\n");
  else if (key === "\r") enter();
  else if (key === "\x15") draft = "";
  else if (key === "\x1b") isInserting = !isVim;
  else if (key.startsWith("\x1b")) draft += "<meta>";
  else if (isInserting) draft += key;
  else if (key === "i") isInserting = true;
  else draft += `<command ${key}>`;
}

function next() {
  if (waiting.length === 0) return;
  take(waiting.shift());
  paint();
  tell();
}

function enter() {
  if (entersLeft > 0) {
    entersLeft -= 1;
    return;
  }
  if (breaksLines && draft.endsWith("\\")) {
    draft = `${draft.slice(0, -1)}\n`;
    return;
  }
  submitted.push(draft);
  draft = "";
  isInserting = !isVim;
}

function paint() {
  const shown = isBlind ? "" : hides === "" ? draft : draft.replaceAll(hides, "*");
  if (isBoxed) return paintBox(shown);
  process.stdout.write(
    `\x1b[2J\x1b[H${head}\r\n${submitted.length} submitted\r\n> ${shown.replaceAll("\n", "\r\n  ")}`,
  );
}

function paintBox(shown) {
  const rows = `> ${shown}`.match(/.{1,40}/gsu).map((row) => `\u2502 ${row.padEnd(40)} \u2502\r\n`);
  const line = "\u2500".repeat(42);
  const box = `\u256d${line}\u256e\r\n${rows.join("")}\u2570${line}\u256f\r\n? for help`;
  process.stdout.write(`\x1b[2J\x1b[H${head}\r\n${submitted.at(-1) ?? ""}\r\n${box}\x1b[H\x1b[?25l`);
}

function tell() {
  writeFileSync("got.json.new", `${JSON.stringify({ submitted, keys })}\n`);
  renameSync("got.json.new", "got.json");
}
