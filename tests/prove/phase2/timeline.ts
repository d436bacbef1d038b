/**
 * The trials on one picture: a row each, time since the strike to the right, the mode as a colour,
 * a mark where it was contained. An SVG that needs nothing from anywhere else.
 */
import type { TrialReport } from './trial.ts';

const colours: Readonly<Record<string, string>> = {
  Active: '#3fb950',
  ReduceOnly: '#d29922',
  Kill: '#da3633',
};
const labelWidth = 330;
const plotWidth = 640;
const rowHeight = 20;
const headHeight = 64;
/** Time shown before the strike, ms. */
const leadMs = 1_000;

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function spansOf({ transitions, endedMs }: TrialReport, untilMs: number) {
  let mode = 'Active';
  let fromMs = -leadMs;
  const spans: Array<{ mode: string; fromMs: number; toMs: number }> = [];
  for (const { atMs, to } of transitions) {
    if (to !== mode) spans.push({ mode, fromMs, toMs: atMs });
    if (to !== mode) [mode, fromMs] = [to, atMs];
  }
  const toMs = mode === 'Active' ? Math.min(untilMs, (endedMs ?? 0) + 3 * leadMs) : untilMs;
  return [...spans, { mode, fromMs, toMs: Math.max(toMs, fromMs) }];
}

function rowOf(
  report: TrialReport,
  row: number,
  x: (ms: number) => number,
  untilMs: number,
): string {
  const y = headHeight + row * rowHeight;
  const ok = report.checks.every((check) => check.ok);
  const bars = spansOf(report, untilMs).map(({ mode, fromMs, toMs }) => {
    const width = Math.max(1, x(toMs) - x(fromMs)).toFixed(1);
    const fill = colours[mode] ?? '#8b949e';
    return `<rect x="${x(fromMs).toFixed(1)}" y="${y + 4}" width="${width}" height="11" fill="${fill}"><title>${mode} ${fromMs} … ${toMs} ms</title></rect>`;
  });
  const mark =
    report.containedMs === null
      ? ''
      : `<path d="M${x(report.containedMs).toFixed(1)} ${y + 2} v15" stroke="#24292f" stroke-width="1.5"/>`;
  const label = `${ok ? '' : 'FAIL  '}${escaped(report.title)}`;
  return `<text x="${labelWidth - 8}" y="${y + 14}" text-anchor="end"${ok ? '' : ' fill="#da3633" font-weight="bold"'}>${label}</text>${bars.join('')}${mark}`;
}

export function timelineSvg(reports: readonly TrialReport[], caption: string): string {
  const lastMs = Math.max(
    10_000,
    ...reports.flatMap((report) => report.transitions.map((t) => t.atMs)),
  );
  const untilMs = Math.ceil((lastMs + 2 * leadMs) / 5_000) * 5_000;
  const x = (ms: number): number =>
    labelWidth +
    ((Math.min(Math.max(ms, -leadMs), untilMs) + leadMs) / (untilMs + leadMs)) * plotWidth;
  const bottom = headHeight + reports.length * rowHeight;
  const ticks: string[] = [];
  for (let ms = 0; ms <= untilMs; ms += 5_000) {
    const at = x(ms).toFixed(1);
    ticks.push(
      `<path d="M${at} ${headHeight - 6} V${bottom}" stroke="#d0d7de"/>`,
      `<text x="${at}" y="${headHeight - 10}" text-anchor="middle">${ms / 1_000}${ms === 0 ? ' s: strike' : ''}</text>`,
    );
  }
  const legend = Object.entries(colours).map(
    ([mode, fill], index) =>
      `<rect x="${labelWidth + index * 110}" y="14" width="11" height="11" fill="${fill}"/><text x="${labelWidth + 16 + index * 110}" y="24">${mode}</text>`,
  );
  const width = labelWidth + plotWidth + 24;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${bottom + 30}" width="${width}" height="${bottom + 30}" role="img" aria-label="Mode over time for each fault">`,
    '<rect width="100%" height="100%" fill="#ffffff"/>',
    `<g font-family="system-ui, 'DejaVu Sans', sans-serif" font-size="11" fill="#24292f">`,
    ...legend,
    `<text x="${labelWidth + 340}" y="24">black mark: contained</text>`,
    ...ticks,
    ...reports.map((report, row) => rowOf(report, row, x, untilMs)),
    `<text x="8" y="${bottom + 20}" fill="#57606a">${escaped(caption)}</text>`,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}
