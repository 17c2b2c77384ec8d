// A page of the documentation as it is read in a terminal: paragraphs and tables wrapped, links named by the command that shows them.
import { columnLines, type Row, wrap } from "./columns.js";
import { column, fittedWidths } from "./table.js";

/** `isTopic` = there is a page of that name to ask for. */
export function manualText(
  markdown: string,
  columns: number | undefined,
  isTopic: (name: string) => boolean,
): string {
  const inline = (text: string) => plain(text, isTopic);
  const lines: string[] = [];
  for (const block of blocksOf(markdown.replace(/<!--[\s\S]*?-->\n*/g, ""))) {
    const [first = ""] = block;
    if (lines.length > 0) lines.push("");
    if (first.startsWith("```")) lines.push(...block.slice(1, -1).map((line) => `    ${line}`.trimEnd()));
    else if (first.startsWith("|")) lines.push(...tableLines(block, columns, inline));
    else if (first.startsWith("#")) lines.push(...headingLines(first, inline));
    else lines.push(...textLines(block, columns, inline));
  }
  return `${lines.join("\n")}\n`;
}

/** Lines that belong together: a fenced text, a table, a heading, a paragraph or list. */
function blocksOf(markdown: string): readonly (readonly string[])[] {
  const blocks: string[][] = [];
  let block: string[] = [];
  const end = () => {
    if (block.length > 0) blocks.push(block);
    block = [];
  };
  for (const line of markdown.split("\n")) {
    const isFenced = block[0]?.startsWith("```") === true;
    if (isFenced) {
      block.push(line);
      if (line.startsWith("```")) end();
    } else if (line.trim() === "") end();
    else if (line.startsWith("```")) {
      end();
      block.push(line);
    } else if (line.startsWith("#")) {
      end();
      blocks.push([line]);
    } else {
      if (line.startsWith("|") !== (block[0]?.startsWith("|") ?? line.startsWith("|"))) end();
      block.push(line);
    }
  }
  end();
  return blocks;
}

function headingLines(line: string, inline: (text: string) => string): readonly string[] {
  const text = inline(line.replace(/^#+ */, ""));
  return [text, (line.startsWith("##") ? "-" : "=").repeat([...text].length)];
}

/** A paragraph, or the entries of a list, each with its own margin. */
function textLines(
  block: readonly string[],
  columns: number | undefined,
  inline: (text: string) => string,
): readonly string[] {
  const entries: { margin: string; text: string }[] = [];
  for (const line of block) {
    const mark = /^ *(?:[-*]|\d+\.) /.exec(line)?.[0];
    const current = entries.at(-1);
    if (mark !== undefined || current === undefined)
      entries.push({ margin: mark ?? "", text: line.slice(mark?.length ?? 0) });
    else current.text += ` ${line.trim()}`;
  }
  return entries.flatMap(({ margin, text }) =>
    wrap(inline(text), columns, margin.length).map(
      (line, index) => (index === 0 ? margin : " ".repeat(margin.length)) + line,
    ),
  );
}

const widestLeft = 34;

/** The columns side by side, the last one wrapped; where they are too wide for that, the first one beside all others. */
function tableLines(
  block: readonly string[],
  columns: number | undefined,
  inline: (text: string) => string,
): readonly string[] {
  const [header = [], ...rows] = block
    .filter((line) => !/^\|[\s:|-]+\|$/.test(line))
    .map((line) => cellsOf(line).map(inline));
  const widths = fittedWidths([header, ...rows]);
  const left = widths.slice(0, -1);
  const isWide = left.length > 1 && left.reduce((sum, width) => sum + width + 2, 0) > widestLeft;
  const entry = (cells: readonly string[], isHeader = false): Row => {
    if (!isWide) {
      const first = left.map((width, index) => column(cells[index] ?? "", width)).join("  ");
      return [first.trimEnd(), cells[left.length] ?? ""];
    }
    const [name = "", said = "", ...others] = cells;
    const more = others.map((cell, index) =>
      isHeader || cell === "" ? "" : `; ${header[index + 2] ?? ""}: ${cell}`,
    );
    return [name, said + more.join("")];
  };
  const [head = "", ...others] = columnLines(
    [entry(header, true), ...rows.map((cells) => entry(cells))],
    columns,
  );
  return [head, "", ...others];
}

function cellsOf(line: string): readonly string[] {
  const inner = line.trim().replace(/^\|/, "").replace(/\|$/, "");
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
}

function plain(text: string, isTopic: (name: string) => boolean): string {
  return text
    .replace(/\[([^\]]+)\]\(([^)]+)\)/g, (_whole, words: string, target: string) => {
      const topic = /^([a-z-]+)\.md(?:#.*)?$/.exec(target)?.[1];
      return topic !== undefined && isTopic(topic) ? `${words} ('wiggum help ${topic}')` : words;
    })
    .replace(/\*\*([^*`]+)\*\*/g, "$1")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">");
}
