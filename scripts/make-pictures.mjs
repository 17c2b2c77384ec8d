// The pictures of docs/pictures, taken of the real thing: the demo runs in panes on a terminal of its own (a private tmux), and what is on that
// terminal is drawn. Needs tmux and what is built; takes about a minute. Ids and times are others each time.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { terminalToSvg } from "./pictures/terminal-to-svg.mjs";

const columns = 104;
const rows = 34;
const server = `wiggum-pictures-${process.pid}`;
const folder = realpathSync(mkdtempSync(join(tmpdir(), "wiggum-pictures-")));

/** Nobody else's tmux, project or locale is in the pictures. */
const environment = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(WIGGUM|GIT|TMUX|npm_)/.test(name)),
  ),
  PATH: [resolve("bin"), dirname(process.execPath), process.env.PATH].join(":"),
  TMPDIR: folder,
  LC_ALL: "C.UTF-8",
};
const shell = "env PS1='$ ' bash --norc --noprofile";

try {
  await takePictures();
} finally {
  // After a failure the demo may still run: it ends with its terminal, and only then nobody starts its agents again.
  spawnSync("tmux", ["-L", server, "kill-server"], { env: environment });
  await sleep(1_000);
  const project = projectOfDemo();
  if (project !== undefined) {
    spawnSync(resolve("bin/wiggum"), ["teardown", "--force"], {
      cwd: project,
      env: environment,
      stdio: "ignore",
    });
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
}

async function takePictures() {
  const size = ["-x", String(columns), "-y", String(rows)];
  tmux("new-session", "-d", "-s", "demo", ...size, "-c", resolve("."), shell);
  tmux("set-option", "-g", "status", "off");
  // What a person types: `npm run demo`, which is this after the set-up.
  type("demo", "clear; node examples/demo/src/run.mjs --runner tmux --seed 1");
  await until("demo", "several agents in panes", (screen) => {
    const agents = screen.match(/(?:worker|reviewer|qa)-\d+:tk-/g) ?? [];
    return new Set(agents).size >= 4 && (screen.match(/hand-in: exit 0/g) ?? []).length >= 2;
  });
  draw("panes", "demo", "Agents of the demo, each in a pane of tmux that bears its name and its ticket");

  const project = projectOfDemo();
  if (project === undefined) throw new Error("No picture: the demo has no project any more");
  tmux("new-session", "-d", "-s", "status", ...size, "-c", project, shell);
  type("status", "clear; wiggum status --verbose");
  await until("status", "the status", (screen) => /^TICKETS:[\s\S]*^\$/m.test(screen));
  draw(
    "status",
    "status",
    "wiggum status --verbose: agents with the evidence for what they do, tickets, what is to be merged",
  );
  tmux("kill-session", "-t", "status");

  await until("demo", "the end of the demo", (screen) => /^(All six changes|Not good)/m.test(screen));
  draw(
    "demo",
    "demo",
    "The end of the demo: six tickets, how often each was reviewed and sent back, and who worked on it",
  );
}

function projectOfDemo() {
  const name = readdirSync(folder).find((one) => one.startsWith("wiggum-demo-"));
  return name === undefined ? undefined : join(folder, name, "wordkit");
}

function tmux(...args) {
  const run = spawnSync("tmux", ["-u", "-L", server, "-f", "/dev/null", ...args], {
    encoding: "utf8",
    env: environment,
  });
  if (run.status !== 0) throw new Error(`tmux ${args[0]}: ${run.stderr}${run.error?.message ?? ""}`);
  return run.stdout;
}

function type(session, line) {
  tmux("send-keys", "-t", session, "-l", line);
  tmux("send-keys", "-t", session, "Enter");
}

function screenOf(session) {
  return tmux("capture-pane", "-p", "-t", session);
}

async function until(session, what, isThere) {
  const end = performance.now() + 120_000;
  while (!isThere(screenOf(session))) {
    if (performance.now() > end) throw new Error(`No picture: ${what} did not show\n${screenOf(session)}`);
    await sleep(200);
  }
}

/** Draws what is on the terminal now. Paths of this machine are shortened; a picture in which one is left is refused. */
function draw(name, session, title) {
  const screen = tmux("capture-pane", "-e", "-p", "-t", session).replaceAll(folder, "/tmp");
  for (const part of [
    resolve("."),
    process.env.HOME,
    hostname(),
    tmpdir() === "/tmp" ? undefined : tmpdir(),
  ]) {
    if (part !== undefined && part.length > 1 && screen.includes(part))
      throw new Error(`${name}: '${part}' of this machine is in the picture`);
  }
  mkdirSync("docs/pictures", { recursive: true });
  writeFileSync(join("docs/pictures", `${name}.svg`), terminalToSvg(screen, columns, title));
  console.log(`[ok] docs/pictures/${name}.svg`);
}
