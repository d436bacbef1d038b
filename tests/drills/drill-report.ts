/** The record of a drill, and how people read it. */
import type { ScopeProbe } from './key-scope-probe.ts';

export interface DrillStep {
  readonly name: string;
  readonly at_utc: string;
  readonly command?: string;
  readonly exit_code?: number | null;
  readonly duration_ms?: number;
  /** What the command printed. */
  readonly answer?: Readonly<Record<string, unknown>>;
  /** What the status port said. */
  readonly observed?: Readonly<Record<string, unknown>>;
}

export interface DrillCheck {
  readonly name: string;
  readonly expected: string;
  readonly observed: string;
  readonly ok: boolean;
}

/** What was recorded between two moments of the drill. */
export interface DrillWindow {
  readonly name: string;
  readonly from_utc: string;
  readonly to_utc: string;
  readonly intents_by_class: Readonly<Record<string, number>>;
  readonly refused_by_code: Readonly<Record<string, number>>;
  readonly fills: number;
}

/** A fault that the command line cannot strike: tried on a system of its own. */
export interface DrillTrial {
  readonly title: string;
  readonly strikes: string;
  readonly contained_ms: number | null;
  /** `ReduceOnly 1.7 s`, in order. */
  readonly modes: readonly string[];
  readonly status_text: string;
}

export interface DrillRecord {
  readonly drill: 'break-glass';
  readonly command: string;
  readonly started_utc: string;
  readonly ended_utc: string;
  readonly build_id: string;
  readonly stage: string;
  readonly node: string;
  readonly platform: string;
  readonly seed: number;
  readonly guard_overrides: Readonly<Record<string, number>>;
  readonly run_ids: readonly string[];
  readonly steps: readonly DrillStep[];
  readonly windows: readonly DrillWindow[];
  readonly checks: readonly DrillCheck[];
  readonly timeline: ReadonlyArray<{
    readonly at_utc: string;
    readonly event: string;
    readonly what: string;
  }>;
  readonly key_scope_probe: readonly ScopeProbe[];
  readonly trials: readonly DrillTrial[];
}

function table(head: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|') || '–').join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

const counts = (row: Readonly<Record<string, number>>): string =>
  Object.entries(row)
    .map(([key, count]) => `${key} ${count}`)
    .join(', ') || 'none';

function stepRow({ name, at_utc, command, exit_code, answer, observed }: DrillStep): string[] {
  const { trading_mode, outcome, error, mode_reasons, positions } = { ...answer, ...observed } as {
    trading_mode?: string;
    outcome?: string;
    error?: { code: string };
    mode_reasons?: string[];
    positions?: string[];
  };
  const parts = [
    trading_mode,
    mode_reasons?.join(', '),
    outcome ?? error?.code,
    positions?.join(', '),
  ].filter((part) => part !== undefined && part !== '');
  const told = command === undefined ? '' : `\`${command}\``;
  const code = exit_code === undefined ? '' : String(exit_code);
  return [at_utc.slice(11, 23), name, told, code, parts.join(' · ')];
}

/** The page of the record. Ends with a newline. */
export function renderMarkdown(record: DrillRecord): string {
  const passed = record.checks.filter(({ ok }) => ok).length;
  const overrides = Object.entries(record.guard_overrides).map(([key, value]) => `${key} ${value}`);
  return [
    '# Break-glass drill',
    `Result: **${passed} of ${record.checks.length} checks passed.** Regenerate with \`${record.command}\`.`,
    table(
      ['date', 'build', 'stage', 'market seed', 'runtime', 'policy changed for the drill'],
      [
        [
          record.started_utc,
          record.build_id,
          record.stage,
          String(record.seed),
          `Node ${record.node}, ${record.platform}`,
          overrides.join(', '),
        ],
      ],
    ),
    `Runs: ${record.run_ids.join(', ')}. Real processes on loopback: simulated venue, daemon, store.`,
    '## Checks',
    table(
      ['check', 'expected', 'observed', 'result'],
      record.checks.map((row) => [
        row.name,
        row.expected,
        row.observed,
        row.ok ? 'ok' : '**FAIL**',
      ]),
    ),
    '## What was dispatched, and what was refused',
    'Counted from the ledger and the audit stream after the system had stopped.',
    table(
      ['window', 'from', 'to', 'intents by class', 'fills', 'refused by code'],
      record.windows.map((row) => [
        row.name,
        row.from_utc.slice(11, 23),
        row.to_utc.slice(11, 23),
        counts(row.intents_by_class),
        String(row.fills),
        counts(row.refused_by_code),
      ]),
    ),
    '## Steps',
    table(['UTC', 'step', 'command', 'exit', 'seen'], record.steps.map(stepRow)),
    '## Key-scope probe',
    table(
      ['key', 'scope', 'too wide', 'mode', 'reason', 'orders'],
      record.key_scope_probe.map((row) => [
        row.key,
        row.scope,
        row.too_wide.join(', '),
        row.trading_mode,
        row.mode_reasons.join(', '),
        String(row.dispatched),
      ]),
    ),
    '## Watchdog and containment',
    'Each on a system of its own: daemon, venue and, where it acts, the watchdog, as processes.',
    table(
      ['fault', 'strike', 'contained', 'modes'],
      record.trials.map((row) => [
        row.title,
        row.strikes,
        row.contained_ms === null ? '' : `${(row.contained_ms / 1_000).toFixed(2)} s`,
        row.modes.join(' → '),
      ]),
    ),
    ...record.trials.map(({ title, status_text }) =>
      [`${title}: what the status said.`, '```text', status_text, '```'].join('\n'),
    ),
    '## Control stream',
    table(
      ['UTC', 'fact', 'what'],
      record.timeline.map((row) => [row.at_utc.slice(11, 23), row.event, row.what]),
    ),
    '',
  ]
    .join('\n\n')
    .trimEnd()
    .concat('\n');
}
