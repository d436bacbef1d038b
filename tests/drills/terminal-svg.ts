/** Draws terminal text, with its colours, as an SVG that needs nothing from anywhere else. */
export interface PictureOptions {
  /** Line above the text, as a window would have it. */
  readonly title: string;
  readonly columnsMax: number;
}

const fontSize = 13;
const charWidth = 7.83;
/** What starts a colour code in terminal output. */
const introducer = `${String.fromCharCode(27)}[`;
const lineHeight = 18;
const margin = 16;
const titleHeight = 30;
const background = '#11151c';
const foreground = '#d7dce4';

/** SGR codes that this house prints: weight, dim, underline and eight colours. */
const colours: Readonly<Record<number, string>> = {
  31: '#ff7b72',
  32: '#7ee787',
  33: '#e3b341',
  34: '#79c0ff',
  35: '#d2a8ff',
  36: '#76e3ea',
  90: '#8b949e',
};

interface Style {
  colour: string;
  bold: boolean;
  dim: boolean;
  underline: boolean;
}

const plain = (): Style => ({ colour: foreground, bold: false, dim: false, underline: false });

function apply(style: Style, code: number): void {
  if (code === 0) Object.assign(style, plain());
  else if (code === 1) style.bold = true;
  else if (code === 2) style.dim = true;
  else if (code === 4) style.underline = true;
  else if (code === 22) Object.assign(style, { bold: false, dim: false });
  else if (code === 24) style.underline = false;
  else if (code === 39) style.colour = foreground;
  else style.colour = colours[code] ?? style.colour;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function span(text: string, column: number, style: Style): string {
  const attributes = [
    `x="${(margin + column * charWidth).toFixed(1)}"`,
    `textLength="${(text.length * charWidth).toFixed(1)}"`,
    `fill="${style.colour}"`,
    ...(style.bold ? ['font-weight="bold"'] : []),
    ...(style.dim ? ['opacity="0.6"'] : []),
    ...(style.underline ? ['text-decoration="underline"'] : []),
  ];
  return `<tspan ${attributes.join(' ')}>${escaped(text)}</tspan>`;
}

/** Cuts text at its colour codes: each run with the codes that stood before it. */
function runsOf(text: string): Array<{ codes: number[]; text: string }> {
  const [first = '', ...rest] = text.split(introducer);
  return [
    { codes: [], text: first },
    ...rest.map((piece) => {
      const end = piece.indexOf('m');
      return { codes: piece.slice(0, end).split(';').map(Number), text: piece.slice(end + 1) };
    }),
  ];
}

/** One line: runs of one style become spans at fixed columns, so that tables stay aligned. */
function drawLine(line: string, row: number, columnsMax: number): string {
  const style = plain();
  const spans: string[] = [];
  let column = 0;
  for (const { codes, text: piece } of runsOf(line)) {
    for (const code of codes) apply(style, code);
    const text = piece.slice(0, Math.max(0, columnsMax - column));
    if (text.trim() !== '') spans.push(span(text, column, style));
    column += piece.length;
  }
  const y = titleHeight + margin + row * lineHeight + fontSize;
  return `<text y="${y}" xml:space="preserve">${spans.join('')}</text>`;
}

/** Text without its colours. */
export function withoutColours(text: string): string {
  return runsOf(text)
    .map((run) => run.text)
    .join('');
}

export function terminalSvg(text: string, { title, columnsMax }: PictureOptions): string {
  const lines = text.trimEnd().split('\n');
  const columns = Math.min(
    columnsMax,
    Math.max(...lines.map((line) => withoutColours(line).trimEnd().length)),
  );
  const width = Math.ceil(columns * charWidth + 2 * margin);
  const height = titleHeight + 2 * margin + lines.length * lineHeight;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">`,
    `<rect width="100%" height="100%" rx="8" fill="${background}"/>`,
    ...['#ff5f57', '#febc2e', '#28c840'].map(
      (fill, index) => `<circle cx="${20 + index * 18}" cy="16" r="5" fill="${fill}"/>`,
    ),
    `<g font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="${fontSize}">`,
    `<text x="${width / 2}" y="20" fill="#8b949e" text-anchor="middle">${escaped(title)}</text>`,
    ...lines.map((line, row) => drawLine(line, row, columns)),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}
