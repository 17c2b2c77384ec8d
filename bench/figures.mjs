// `pnpm bench`: every figure that the ticket log promises, as a ratio of medians out of one interleaved run, with its target beside it.
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeFigureProject } from "./figure-project.mjs";
import { herds, loop } from "./figures-herds.mjs";
import { layouts } from "./figures-layouts.mjs";
import { supervisor } from "./figures-supervisor.mjs";
import { fdatasyncTimes, interleave, machine, median, ratioOf } from "./samples.mjs";
import { fillTk, tkProgram } from "./tk.mjs";

/** Groups of rows that may be picked. */
export const groups = [
  "start",
  "commands",
  "index",
  "tk",
  "live",
  "layouts",
  "memory",
  "herd",
  "loop",
  "supervisor",
];

/**
 * @param sizes numbers of tickets; `processes` of the herds; `samples` of each command; `rounds` of each herd; `idle`: agents that do nothing,
 *   seconds of that, and simulated schedules
 * @param mostSeconds that one command may take in all its samples: with less than `samples` of them the table says so
 * @param onBegin told the machine; `onFigure` told each figure when it is there
 * @returns `{ machine, fdatasyncMs, figures, raw, findings }`
 */
export async function takeFigures({
  sizes = [100, 1_000, 10_000, 100_000],
  processes = [1, 4, 16, 64],
  samples = 21,
  rounds = 3,
  loopSeconds = 10,
  idle = { agents: 20, seconds: 60, schedules: 10_000 },
  mostSeconds = 60,
  wanted = groups,
  onBegin = (_result) => {},
  onFigure = (_figure) => {},
}) {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "wiggum-figures-")));
  const result = {
    machine: machine(base),
    fdatasyncMs: fdatasyncTimes(base),
    figures: [],
    raw: {},
    findings: [],
  };
  onBegin(result);
  const tell = (figure) => {
    const { value, most, least } = figure;
    const verdict = most === undefined && least === undefined ? "reported" : undefined;
    const isMet = (most === undefined || value <= most) && (least === undefined || value >= least);
    result.figures.push({ ...figure, verdict: verdict ?? (isMet ? "met" : "NOT MET") });
    onFigure(result.figures.at(-1));
  };
  try {
    for (const [index, size] of sizes.entries()) {
      const folder = join(base, String(size));
      const project = await makeFigureProject(folder, { size });
      const plain = project.plain();
      const raw = {};
      result.raw[size] = raw;
      const options = { samples, mostSeconds };
      if (index === 0 && wanted.includes("start")) raw.start = await start(project, options, tell);
      if (wanted.includes("commands"))
        raw.commands = await commands(project, plain, { size, ...options }, tell);
      if (wanted.includes("index")) raw.index = await oneBehind(project, { size, ...options }, tell);
      if (wanted.includes("tk") && size <= mostForTk)
        raw.tk = await dropIn(project, join(folder, "tk"), { size, ...options }, tell);
      if (wanted.includes("live")) raw.live = await live(project, plain, { size, ...options }, tell);
      if (wanted.includes("layouts")) raw.layouts = await layouts(project, { size, ...options }, tell);
      if (wanted.includes("memory")) raw.memory = memory(project, { size, samples }, tell);
      if (wanted.includes("herd"))
        raw.herd = await herds(project, plain, { size, processes, rounds }, tell, result.findings);
      const isChosen = size === Math.max(...sizes.filter((each) => each <= 1_000));
      if (wanted.includes("loop") && isChosen)
        raw.loop = await loop(project, { folder, seconds: loopSeconds, size }, tell, result.findings);
      if (wanted.includes("supervisor") && isChosen)
        raw.supervisor = await supervisor({ size, ...idle }, tell, result.findings);
      rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    }
    if (sizes.includes(100_000) && wanted.includes("commands"))
      result.raw.halfWorkable = await halfWorkable(base, { samples, mostSeconds }, tell);
    if (wanted.includes("herd") || wanted.includes("loop"))
      tell({
        row: "lost, illegal, duplicate, phantom, wedged, fsck errors",
        unit: "count",
        value: result.findings.length,
        most: 0,
      });
    result.machine.loadAfter = machine(base).load;
    return result;
  } finally {
    rmSync(base, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

const over = (times, name, base) => {
  const { ratio, low, high, fastest } = ratioOf(times[name], times[base]);
  return { value: ratio, low, high, fastest, samples: times[name].length };
};

async function start(project, options, tell) {
  const times = await interleave(
    { bare: project.bare, version: () => project.wiggum("--version"), help: () => project.wiggum("--help") },
    options,
  );
  tell({ row: "--version / bare node", ...over(times, "version", "bare"), most: 1.25 });
  tell({ row: "--help / bare node", ...over(times, "help", "bare") });
  return times;
}

async function commands(project, plain, { size, ...options }, tell) {
  // Whoever comes first builds what is kept; that is no warm figure.
  const cold = { ready: project.ready(), show: project.show(), transition: project.transition() };
  const times = await interleave(
    {
      bare: project.bare,
      transition: project.transition,
      // What a command does the first time after a change, to files, hooks and index.
      readyAfterChange: project.ready,
      ready: project.ready,
      show: project.show,
      list: project.list,
      plain: () => project.run(plain.words("alone")).ms,
    },
    options,
  );
  const mostForReady = { 10000: 1.5, 100000: 1.8 }[size];
  tell({
    row: size >= 100_000 ? "ready --limit 20, warm / bare node" : "ready, warm / bare node",
    size,
    ...over(times, "ready", "bare"),
    ...(mostForReady !== undefined && { most: mostForReady }),
  });
  tell({
    row: "show / bare node",
    size,
    ...over(times, "show", "bare"),
    ...(size >= 100_000 && { most: 1.5 }),
  });
  tell({ row: "list of what is ready / bare node", size, ...over(times, "list", "bare") });
  tell({ row: "transition / bare node", size, ...over(times, "transition", "bare"), most: 2.5 });
  tell({ row: "transition / pull, commit, push", size, ...over(times, "transition", "plain"), most: 0.6 });
  tell({
    row: "ready after a transition, more than warm / bare node",
    size,
    ...over({ ...times, more: difference(times.readyAfterChange, times.ready) }, "more", "bare"),
  });
  tell({ row: "pull, commit, push / bare node", size, ...over(times, "plain", "bare") });
  tell({ row: "first ready / bare node", size, value: cold.ready / median(times.bare), samples: 1 });
  return { ...times, cold };
}

const difference = (times, bases) => times.map((ms, round) => ms - (bases[round] ?? median(bases)));

/** What it costs to bring the index up to date by one ticket: the first question after a write of a process that did not do so, and the same again. */
async function oneBehind(project, { size, ...options }, tell) {
  const [writer, reader] = [project.live(project.create("changed for the index")), project.live()];
  try {
    await reader.look();
    const times = await interleave(
      {
        bare: project.bare,
        write: writer.write,
        behind: reader.look,
        current: reader.look,
      },
      options,
    );
    const more = difference(times.behind, times.current);
    tell({
      row: "index after one change / bare node",
      size,
      ...over({ ...times, more }, "more", "bare"),
      most: 0.2,
    });
    return times;
  } finally {
    await Promise.all([writer.end(), reader.end()]);
  }
}

/** The drop-in reads every file of its folder: it is for as many as other tools keep so. */
const mostForTk = 10_000;

async function dropIn(project, root, { size, ...options }, tell) {
  fillTk(join(root, ".tickets"), size);
  const env = { ...project.environment, TICKETS_DIR: undefined };
  const tk = (word) => () => project.run([process.execPath, tkProgram, word], { cwd: root, env }).ms;
  const measured = { bare: project.bare, help: tk("help"), ls: tk("ls"), ready: tk("ready") };
  for (const run of Object.values(measured)) run();
  const times = await interleave(measured, options);
  for (const name of ["help", "ls", "ready"])
    tell({ row: `tk ${name} / bare node`, size, ...over(times, name, "bare") });
  return times;
}

/** Writes after which the new objects are counted. */
const writes = 5;

async function live(project, plain, { size, ...options }, tell) {
  const process = project.live();
  try {
    await process.move();
    const times = await interleave(
      { bare: project.bare, live: process.move, push: () => plain.push() },
      options,
    );
    tell({ row: "live transition / empty push", size, ...over(times, "live", "push"), most: 0.5 });
    tell({ row: "empty push / bare node", size, ...over(times, "push", "bare") });
    const before = project.looseObjects();
    for (let write = 0; write < writes; write += 1) await process.comment();
    const after = project.looseObjects();
    const made = {
      count: (after.count - before.count) / writes,
      kilobytes: (after.kilobytes - before.kilobytes) / writes,
    };
    tell({ row: "loose objects per write", unit: "objects", size, value: made.count, most: 5 });
    tell({
      row: "kilobytes of loose objects per write",
      unit: "kilobytes",
      size,
      value: made.kilobytes,
      most: 24,
    });
    return times;
  } finally {
    await process.end();
  }
}

function memory(project, { size, samples }, tell) {
  const times = { bare: [], ready: [] };
  const limit = size >= 100_000 ? ["--limit", "20"] : [];
  for (let round = 0; round < Math.min(samples, 5); round += 1) {
    times.bare.push(project.peakKilobytes());
    times.ready.push(project.peakKilobytes("ticket", "ready", ...limit));
  }
  const most = size >= 100_000 ? { most: 1.5 } : {};
  tell({ row: "memory of ready / bare node", size, ...over(times, "ready", "bare"), ...most });
  return times;
}

async function halfWorkable(base, options, tell) {
  const size = 100_000;
  const folder = join(base, "half");
  const project = await makeFigureProject(folder, { size, workable: size / 2 });
  project.ready();
  const times = await interleave(
    { bare: project.bare, ready: () => project.wiggum("ticket", "ready") },
    options,
  );
  tell({ row: "ready, half workable / bare node", size, ...over(times, "ready", "bare") });
  return times;
}
