// A screen of a terminal, as `tmux capture-pane -e -p` prints it, becomes an SVG with real text in it.

const cell = { width: 8.4, height: 18, font: 14 };
const margin = 16;
const colours = {
  paper: "#16181d",
  ink: "#d7dae0",
  base: ["#3b4048", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#d7dae0"],
  bright: ["#7f848e", "#ef7e87", "#a9d48a", "#f0d08c", "#7bbff7", "#d38fe6", "#6cc7d2", "#ffffff"],
};

/** `title` says in words what is seen, for those who do not see it. Empty lines at the end are left out. */
export function terminalToSvg(screen, columns, title) {
  const lines = screen.replace(/\s+$/, "").split("\n");
  const width = Math.ceil(columns * cell.width + 2 * margin);
  const height = lines.length * cell.height + 2 * margin;
  let style = {};
  const rows = lines.map((line, row) => {
    const read = readLine(line, style);
    style = read.style;
    return read.runs.map((run) => drawRun(run, margin + row * cell.height)).join("");
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>${escaped(title)}</title>
<rect width="${width}" height="${height}" rx="8" fill="${colours.paper}"/>
<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="${cell.font}">
${rows.filter((row) => row !== "").join("\n")}
</g>
</svg>
`;
}

/** Stretches of one style. The style goes on in the next line. */
function readLine(line, before) {
  const runs = [];
  let style = before;
  let column = 0;
  for (const [, codes, text] of line.matchAll(/\u001b\[([\d;]*)m|([^\u001b]+)/g)) {
    if (text === undefined) {
      style = styled(style, codes === "" ? [0] : codes.split(";").map(Number));
      continue;
    }
    runs.push({ text, column, style });
    column += [...text].length;
  }
  return { runs, style };
}

/** The style after these codes of SGR (ECMA-48 8.3.117, with the colours of xterm). */
function styled(before, codes) {
  let style = { ...before };
  for (let index = 0; index < codes.length; index++) {
    const code = codes[index];
    if (code === 0) style = {};
    else if (code === 1) style.isBold = true;
    else if (code === 2) style.isDim = true;
    else if (code === 22) style = { ...style, isBold: false, isDim: false };
    else if (code === 7) style.isReversed = true;
    else if (code === 27) style.isReversed = false;
    else if (code >= 30 && code <= 37) style.ink = colours.base[code - 30];
    else if (code >= 90 && code <= 97) style.ink = colours.bright[code - 90];
    else if (code === 39) style.ink = undefined;
    else if (code >= 40 && code <= 47) style.paper = colours.base[code - 40];
    else if (code >= 100 && code <= 107) style.paper = colours.bright[code - 100];
    else if (code === 49) style.paper = undefined;
    else if (code === 38 || code === 48) {
      const [colour, taken] = extended(codes.slice(index + 1));
      style[code === 38 ? "ink" : "paper"] = colour;
      index += taken;
    }
  }
  return style;
}

/** `5;n` or `2;r;g;b`, and how many codes that took. */
function extended([kind, ...rest]) {
  if (kind === 2) return [`rgb(${rest.slice(0, 3).join(",")})`, 4];
  const [n = 7] = rest;
  if (n < 8) return [colours.base[n], 2];
  if (n < 16) return [colours.bright[n - 8], 2];
  const level = (step) => (step === 0 ? 0 : 55 + 40 * step);
  if (n >= 232)
    return [
      `rgb(${Array(3)
        .fill(8 + 10 * (n - 232))
        .join(",")})`,
      2,
    ];
  const cube = n - 16;
  return [
    `rgb(${[cube / 36, (cube / 6) % 6, cube % 6].map((step) => level(Math.floor(step))).join(",")})`,
    2,
  ];
}

function drawRun({ text, column, style }, top) {
  const ink = style.isReversed ? (style.paper ?? colours.paper) : (style.ink ?? colours.ink);
  const paper = style.isReversed ? (style.ink ?? colours.ink) : style.paper;
  const left = round(margin + column * cell.width);
  const width = round([...text].length * cell.width);
  const back =
    paper === undefined
      ? ""
      : `<rect x="${left}" y="${top}" width="${width}" height="${cell.height}" fill="${paper}"/>`;
  const more = `${style.isBold ? ' font-weight="bold"' : ""}${style.isDim ? ' opacity="0.6"' : ""}`;
  // Each stretch between gaps has a place and a width of its own, so that columns stay columns in whatever font there is.
  const texts = [...text.matchAll(/\S+(?: \S+)*/g)].map(({ 0: words, index }) => {
    const x = round(left + [...text.slice(0, index)].length * cell.width);
    const length = round([...words].length * cell.width);
    return `<text x="${x}" y="${top + cell.font}" textLength="${length}" lengthAdjust="spacingAndGlyphs" fill="${ink}"${more}>${escaped(words)}</text>`;
  });
  return `${back}${texts.join("")}`;
}

function round(number) {
  return Math.round(number * 10) / 10;
}

function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
