/** A history as one HTML page: lanes for faults, lives, mode, orders and fills over virtual time. */
import type { HistoryResult } from '../history-result.ts';
import type { Plan } from '../plan.ts';
import type { Lane, TimelineEntry } from './timeline.ts';

const lanes: readonly Lane[] = [
  'phase',
  'fault',
  'life',
  'operator',
  'mode',
  'decision',
  'order',
  'venue',
];
const width = 1_600;
const laneHeight = 44;
const left = 90;

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (each) => `&#${each.charCodeAt(0)};`);
}

function colourOf({ lane, text }: TimelineEntry): string {
  if (lane === 'fault') return '#c0392b';
  if (lane === 'life') return text.includes('ends') ? '#8e44ad' : '#2c3e50';
  if (lane === 'mode') {
    if (text.startsWith('Active')) return '#27ae60';
    return text.startsWith('Kill') ? '#c0392b' : '#e67e22';
  }
  if (lane === 'order') return text.startsWith('OPEN') ? '#2980b9' : '#16a085';
  return '#7f8c8d';
}

/** Modes last until the next one; everything else lasts as long as it says. */
function bars(entries: readonly TimelineEntry[], fromUs: number, toUs: number): string {
  const scale = (width - left) / Math.max(1, toUs - fromUs);
  const modes = entries.filter(({ lane }) => lane === 'mode');
  const untilOf = (entry: TimelineEntry): number => {
    if (entry.lane !== 'mode') return entry.atUs + entry.forS * 1e6;
    return modes[modes.indexOf(entry) + 1]?.atUs ?? toUs;
  };
  return entries
    .map((entry) => {
      const x = left + (entry.atUs - fromUs) * scale;
      const wide = Math.max(2, (Math.min(toUs, untilOf(entry)) - entry.atUs) * scale);
      const y = lanes.indexOf(entry.lane) * laneHeight + 24;
      const title = `${((entry.atUs - fromUs) / 1e6).toFixed(3)} s  ${escaped(entry.text)}`;
      return `<rect x="${x.toFixed(1)}" y="${y}" width="${wide.toFixed(1)}" height="26" fill="${colourOf(entry)}" fill-opacity="0.7"><title>${title}</title></rect>`;
    })
    .join('\n');
}

function rows(entries: readonly TimelineEntry[], fromUs: number): string {
  return entries
    .map(({ atUs, lane, text }) => {
      const at = ((atUs - fromUs) / 1e6).toFixed(3);
      return `<tr class="${lane}"><td>${at}</td><td>${lane}</td><td>${escaped(text)}</td></tr>`;
    })
    .join('\n');
}

/** The whole page; self-contained. */
export function timelinePage(
  plan: Plan,
  { timeline, violations, traceHash }: HistoryResult,
): string {
  const fromUs = timeline[0]?.atUs ?? 0;
  const toUs = timeline.at(-1)?.atUs ?? 1;
  const height = lanes.length * laneHeight + 30;
  const names = lanes
    .map((lane, at) => `<text x="4" y="${at * laneHeight + 42}">${lane}</text>`)
    .join('');
  const said = violations
    .map(({ invariant, message }) => `<p class="bad">${invariant}: ${escaped(message)}</p>`)
    .join('\n');
  return `<!doctype html>
<meta charset="utf-8"><title>history ${plan.seed}</title>
<style>
body { font: 13px/1.4 system-ui, sans-serif; margin: 16px; }
td { padding: 0 8px; font-family: ui-monospace, monospace; white-space: pre-wrap; vertical-align: top; }
tr.fault td { color: #c0392b; } tr.life td { color: #8e44ad; } tr.mode td { color: #b9770e; }
.bad { color: #c0392b; font-weight: 600; } svg { border: 1px solid #ccc; }
</style>
<h1>History ${plan.seed}</h1>
${said === '' ? '<p>No invariant was broken.</p>' : said}
<p>${plan.faultS} s with faults; trace ${traceHash}</p>
<svg width="${width}" height="${height}">${names}
${bars(timeline, fromUs, toUs)}
</svg>
<table>${rows(timeline, fromUs)}</table>
`;
}
