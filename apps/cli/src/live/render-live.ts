import { printable } from "../printable.js";
import { duration } from "../render/duration.js";
import { fit, pad, shownWidth, wrapShown } from "../render/shown-width.js";
import { type Colour, styled } from "../render/styled.js";
import { waitingText } from "../waiting.js";
import type { EventKind } from "./event-log.js";
import { layOut, type Section } from "./lay-out.js";
import type { LiveView } from "./live-view.js";

/**
 * The whole screen: exactly `rows` lines, none wider than `columns`. Colours are the only control characters in them; data is escaped.
 * Where there is no room, what waits for a person stays longest.
 */
export function renderLive(view: LiveView, columns: number, rows: number): readonly string[] {
  const height = Math.max(1, rows);
  const hasFooter = height >= 4;
  const body = layOut(sections(view, columns), height - (hasFooter ? 2 : 1));
  const blank = Array.from({ length: height - 1 - body.length - (hasFooter ? 1 : 0) }, () => "");
  const footer = hasFooter ? [styled("dim", fit(keysLine(view), columns))] : [];
  return [styled("bold", fit(header(view), columns)), ...body, ...blank, ...footer];
}

function header({ session, elapsedMs, isEnding }: LiveView): string {
  const what = isEnding ? "wiggum run, ending" : "wiggum run";
  return [what, duration(elapsedMs), printable(session)].join(" · ");
}

function keysLine({ hasKeys, isEnding, isHelpShown }: LiveView): string {
  if (isEnding) return "Ctrl-C again: end at once";
  if (!hasKeys) return "Ctrl-C: end";
  return isHelpShown ? "Esc: back" : "q: end · ?: keys";
}

/** Most important first. */
function sections(view: LiveView, columns: number): readonly Section[] {
  const known = [waitSection(view, columns), agentSection(view, columns), ticketSection(view, columns)];
  const last = view.isHelpShown ? helpSection(view, columns) : eventSection(view, columns);
  const present = [...known, last].filter((section) => section !== undefined);
  // Whoever asked for the keys wants to read them.
  return view.isHelpShown
    ? [last, ...present.filter((section) => section !== last)].filter((one) => one !== undefined)
    : present;
}

function waitSection({ waits }: LiveView, columns: number): Section | undefined {
  const [first] = waits;
  if (first === undefined) return undefined;
  const blocks = waits.map((wait) => {
    const [said, typed] = [printable(waitingText(wait)), printable(wait.commands[0])];
    const oneLine = `  ${said} → ${typed}`;
    if (shownWidth(oneLine) <= columns) return [`  ${said} → ${styled("bold", typed)}`];
    const lines = wrapShown(typed, columns - 4).map((line) => styled("bold", fit(`    ${line}`, columns)));
    return [fit(`  ${said}`, columns), ...lines];
  });
  const title = `WAITS FOR YOU: ${waits.length}`;
  return {
    title: styled("yellow", fit(title, columns)),
    blocks,
    brief: styled(
      "yellow",
      fit(
        `${waits.length === 1 ? "1 waits" : `${waits.length} wait`}: ${printable(first.commands[0])}`,
        columns,
      ),
    ),
  };
}

const stateColours: ReadonlyMap<string, Colour> = new Map([
  ["running", "green"],
  ["busy", "green"],
  ["waiting_input", "yellow"],
  ["blocked", "yellow"],
  ["exited", "red"],
  ["lost", "red"],
]);

function agentSection({ agents, running, maxAgents }: LiveView, columns: number): Section {
  const cells = agents.map(({ agentId, ticketId, ticketState, uptimeMs, state }) =>
    [agentId, ticketId ?? "—", ticketState ?? "—", duration(uptimeMs), state].map((cell) => printable(cell)),
  );
  // What a narrow terminal leaves out first: the ticket's state, then the ticket, then for how long.
  const choices = [
    [0, 1, 2, 3, 4],
    [0, 1, 3, 4],
    [0, 3, 4],
    [0, 4],
  ];
  const chosen = choices.find((choice) => tableWidth(cells, choice) <= columns) ?? choices.at(-1) ?? [];
  const widths = chosen.map((index) => widest(cells, index));
  const blocks = cells.map((row) => {
    const state = row[4] ?? "";
    const before = chosen.slice(0, -1).map((index, place) => pad(row[index] ?? "", widths[place] ?? 0));
    const left = fit(`  ${before.join("  ")}  `, columns);
    const colour = stateColours.get(state);
    const right = fit(state, columns - shownWidth(left));
    return [left + (colour === undefined ? right : styled(colour, right))];
  });
  const count = `${running} running, at most ${maxAgents} at work`;
  return {
    title: styled("bold", fit(`AGENTS: ${count}`, columns)),
    blocks: blocks.length === 0 ? [[fit("  (no agents)", columns)]] : blocks,
    brief: fit(`agents: ${running}/${maxAgents}`, columns),
    rest: (left) => fit(`  and ${left} more`, columns),
  };
}

function widest(cells: readonly (readonly string[])[], index: number): number {
  return Math.max(0, ...cells.map((row) => shownWidth(row[index] ?? "")));
}

function tableWidth(cells: readonly (readonly string[])[], choice: readonly number[]): number {
  return choice.reduce((sum, index) => sum + 2 + widest(cells, index), 0);
}

function ticketSection({ tickets, inWork }: LiveView, columns: number): Section {
  const shown = tickets.filter(({ count }) => count > 0);
  const counts = shown.map(
    ({ state, count, blocked }) =>
      `${printable(state)} ${count}${blocked > 0 ? ` (${blocked} blocked)` : ""}`,
  );
  const total = tickets.reduce((sum, { count }) => sum + count, 0);
  const rows = inWork.map(({ id, state, title }) => [id, state, title].map((cell) => printable(cell)));
  const [idWidth, stateWidth] = [widest(rows, 0), widest(rows, 1)];
  const lines = rows.map(([id = "", state = "", title = ""]) =>
    columns >= idWidth + stateWidth + 20
      ? `  ${pad(id, idWidth)}  ${pad(state, stateWidth)}  ${title}`
      : `  ${id} ${state}`,
  );
  return {
    title: styled("bold", fit(`TICKETS: ${total}`, columns)),
    blocks: [
      ...(counts.length === 0
        ? []
        : [wrapShown(counts.join(" · "), columns - 2).map((line) => fit(`  ${line}`, columns))]),
      ...lines.map((line) => [fit(line, columns)]),
    ],
    brief: fit(counts.length === 0 ? "no tickets" : counts.join(" · "), columns),
    rest: (left) => fit(`  and ${left} more in work`, columns),
  };
}

const eventColours: Readonly<Partial<Record<EventKind, Colour>>> = {
  info: "blue",
  ok: "green",
  warn: "yellow",
  error: "red",
};

function eventSection({ events }: LiveView, columns: number): Section | undefined {
  const last = events.at(-1);
  if (last === undefined) return undefined;
  const line = (at: string, kind: EventKind, text: string) => {
    const prefix = kind === "plain" ? "" : `[${kind}]`;
    const head = columns >= 40 ? `  ${at} ${prefix}` : `  ${prefix}`;
    const shown = fit(`${head} ${printable(text)}`, columns);
    const colour = eventColours[kind];
    const start = shown.indexOf(prefix);
    if (colour === undefined || start === -1) return shown;
    return shown.slice(0, start) + styled(colour, prefix) + shown.slice(start + prefix.length);
  };
  return {
    title: styled("bold", fit("EVENTS", columns)),
    blocks: events.map(({ at, kind, text }) => [line(at, kind, text)]),
    brief: fit(printable(last.text), columns),
    keepsLast: true,
  };
}

const keys = [
  ["q", "end after what is being done; agents run on"],
  ["Ctrl-C", "the same; a second time: at once"],
  ["Ctrl-Z", "stop for now, 'fg' goes on"],
  ["Ctrl-L", "draw the screen anew"],
  ["?", "show or hide this; Esc hides it"],
] as const;

function helpSection({ hasKeys }: LiveView, columns: number): Section {
  const known = hasKeys ? keys : keys.filter(([key]) => key === "Ctrl-C");
  return {
    title: styled("bold", fit("KEYS", columns)),
    blocks: known.map(([key, what]) => {
      const lines = wrapShown(what, columns - 10);
      return lines.map((line, index) => fit(`  ${pad(index === 0 ? key : "", 6)}  ${line}`, columns));
    }),
    brief: fit("q: end · Esc: back", columns),
  };
}
