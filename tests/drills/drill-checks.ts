/** Judges a drill from its journal and its steps: each check says what was expected and seen. */
import type { Fact } from '../../streams/facts/envelope.ts';
import { controlLine, countBy, type DrillFacts, timeOf, within } from './drill-facts.ts';
import type { DrillCheck, DrillRecord, DrillStep, DrillWindow } from './drill-report.ts';
import type { ScopeProbe } from './key-scope-probe.ts';

const never = '9999';

/** When the moment of that kind first came; `9999` when it never did. */
function first(facts: readonly Fact[], matches: (fact: Fact) => boolean): string {
  const found = facts.find(matches);
  return found === undefined ? never : timeOf(found);
}

function isMode(mode: string) {
  return ({ event_type, payload }: Fact): boolean =>
    event_type === 'mode.changed' && payload.new_mode === mode;
}

function windowsOf({ control, intents, fills, refused }: DrillFacts): DrillWindow[] {
  const begin = first(control, () => true);
  const restricted = first(
    control,
    ({ event_type, payload }) => event_type === 'emergency.changed' && payload.active === true,
  );
  const killed = first(control, isMode('Kill'));
  const activeAfter = (from: string): string =>
    first(control, (fact) => timeOf(fact) > from && isMode('Active')(fact));
  const released = activeAfter(restricted);
  const active = activeAfter(killed);
  const rows: Array<[string, string, string]> = [
    ['before', begin, restricted],
    ['reduce-only', restricted, released],
    ['released', released, killed],
    ['kill', killed, active],
    ['restored', active, never],
  ];
  return rows.map(([name, from_utc, to_utc]) => ({
    name,
    from_utc,
    to_utc,
    intents_by_class: countBy(within(intents, from_utc, to_utc), 'class'),
    refused_by_code: countBy(within(refused, from_utc, to_utc), 'code'),
    fills: within(fills, from_utc, to_utc).length,
  }));
}

function sum(row: Readonly<Record<string, number>>): number {
  return Object.values(row).reduce((total, count) => total + count, 0);
}

function dispatchChecks(windows: readonly DrillWindow[]): DrillCheck[] {
  const at = (name: string): DrillWindow => {
    const found = windows.find((row) => row.name === name);
    if (found === undefined) throw new Error(`no window ${name}`);
    return found;
  };
  const opens = (name: string): number => at(name).intents_by_class.OPEN ?? 0;
  const count = (name: string, expected: string, seen: number, ok: boolean): DrillCheck => ({
    name,
    expected,
    observed: String(seen),
    ok,
  });
  const closes = at('reduce-only').intents_by_class.CLOSE ?? 0;
  const refused = at('reduce-only').refused_by_code.TradingModeForbidsClass ?? 0;
  const inKill = sum(at('kill').intents_by_class);
  const restored = sum(at('restored').intents_by_class);
  return [
    count('OPEN dispatched before', 'at least 1', opens('before'), opens('before') > 0),
    count(
      'OPEN dispatched after reduce-only',
      '0',
      opens('reduce-only'),
      opens('reduce-only') === 0,
    ),
    count('OPEN refused after reduce-only', 'at least 1', refused, refused > 0),
    count('CLOSE dispatched after reduce-only', 'at least 1', closes, closes > 0),
    count('anything dispatched after kill', '0', inKill, inKill === 0),
    count('OPEN dispatched once released', 'at least 1', opens('released'), opens('released') > 0),
    count('anything dispatched once restored', 'at least 1', restored, restored > 0),
  ];
}

interface Expectation {
  readonly step: string;
  readonly expected: string;
  readonly seen: (step: DrillStep) => string;
}

const mode = ({ answer, observed }: DrillStep): string =>
  String(answer?.trading_mode ?? observed?.trading_mode);
const exit = ({ exit_code }: DrillStep): string => `exit ${exit_code}`;

const expectations: readonly Expectation[] = [
  { step: 'start', expected: 'Active', seen: mode },
  { step: 'reduce-only', expected: 'ReduceOnly', seen: mode },
  { step: 'released by itself', expected: 'Active', seen: mode },
  { step: 'kill', expected: 'Kill', seen: mode },
  { step: 'stop while killed', expected: 'exit 0', seen: exit },
  { step: 'restarted: still killed', expected: 'Kill', seen: mode },
  { step: 'restore with a wrong token', expected: 'exit 8', seen: exit },
  { step: 'restore', expected: 'exit 0', seen: exit },
  { step: 'Active again', expected: 'Active', seen: mode },
  { step: 'stop', expected: 'exit 0', seen: exit },
  { step: 'verify the journal', expected: 'exit 0', seen: exit },
];

function stepChecks(steps: readonly DrillStep[]): DrillCheck[] {
  return expectations.map(({ step, expected, seen }) => {
    const found = steps.find(({ name }) => name === step);
    const observed = found === undefined ? 'never happened' : seen(found);
    return { name: step, expected, observed, ok: observed === expected };
  });
}

function countChecks(steps: readonly DrillStep[]): DrillCheck[] {
  return ['duplicate_dispatch_count', 'illegal_order_attempts'].map((field) => {
    const worst = Math.max(...steps.map(({ observed }) => Number(observed?.[field] ?? 0)));
    return { name: field, expected: '0', observed: String(worst), ok: worst === 0 };
  });
}

function scopeChecks(probes: readonly ScopeProbe[]): DrillCheck[] {
  const expected = { 'as allowed': 'Active', 'too wide': 'Kill KILL_KEY_SCOPE_INVALID' };
  return probes.map(({ key, trading_mode, mode_reasons }) => {
    const observed = [trading_mode, ...mode_reasons].join(' ');
    return {
      name: `key that is ${key}`,
      expected: expected[key],
      observed,
      ok: observed.startsWith(expected[key]),
    };
  });
}

export function judgeDrill(
  steps: readonly DrillStep[],
  facts: DrillFacts,
  probes: readonly ScopeProbe[],
): Pick<DrillRecord, 'windows' | 'checks' | 'timeline'> {
  const windows = windowsOf(facts);
  return {
    windows,
    checks: [
      ...stepChecks(steps),
      ...dispatchChecks(windows),
      ...countChecks(steps),
      ...scopeChecks(probes),
    ],
    timeline: facts.control.map(controlLine),
  };
}
