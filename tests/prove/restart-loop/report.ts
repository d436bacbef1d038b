/** What a restart loop amounts to: its checks, and the page people read. */
import {
  type Check,
  checksTable,
  type Provenance,
  pageOf,
  provenanceTable,
  table,
  verdict,
} from '../page.ts';
import type { LoopReport } from './loop.ts';
import type { Plan } from './plan.ts';
import type { OrderRequests } from './venue-word.ts';

export interface CycleReport {
  readonly cycle: number;
  readonly plan: string;
  readonly kind: Plan['kind'];
  /** The plan did not strike: killed from outside instead. */
  readonly replaced: boolean;
  /** From start to Active; null when it was killed before. */
  readonly activeMs: number | null;
  /** Orders without an end in the ledger when it died. */
  readonly unfinished: number;
}

export interface LaneReport {
  readonly lane: number;
  readonly quotes: boolean;
  readonly cycles: readonly CycleReport[];
  readonly verifications: number;
  readonly venue: Omit<OrderRequests, 'labels'>;
  readonly intents: number;
  readonly fills: number;
  readonly adoptions: number;
  readonly doubts: { readonly notSent: number; readonly adopted: number };
  readonly daemonDuplicates: number;
  readonly daemonIllegal: number;
}

function sum<T>(rows: readonly T[], pick: (row: T) => number): number {
  return rows.reduce((total, row) => total + pick(row), 0);
}

export function cyclesOf({ lanes }: LoopReport): CycleReport[] {
  return lanes.flatMap(({ cycles }) => cycles).sort((a, b) => a.cycle - b.cycle);
}

/** Totals over all lanes. */
export function totalsOf(report: LoopReport) {
  const { lanes } = report;
  const cycles = cyclesOf(report);
  return {
    kills: cycles.length,
    replaced: cycles.filter(({ replaced }) => replaced).length,
    killedBeforeActive: cycles.filter(({ activeMs }) => activeMs === null).length,
    killedWithOrdersUnfinished: cycles.filter(({ unfinished }) => unfinished > 0).length,
    verifications: sum(lanes, ({ verifications }) => verifications),
    requests: sum(lanes, ({ venue }) => venue.requests),
    repeated: sum(lanes, ({ venue }) => venue.repeated.length),
    intents: sum(lanes, ({ intents }) => intents),
    fills: sum(lanes, ({ fills }) => fills),
    adoptions: sum(lanes, ({ adoptions }) => adoptions),
    notSent: sum(lanes, ({ doubts }) => doubts.notSent),
    adopted: sum(lanes, ({ doubts }) => doubts.adopted),
    daemonDuplicates: sum(lanes, ({ daemonDuplicates }) => daemonDuplicates),
    daemonIllegal: sum(lanes, ({ daemonIllegal }) => daemonIllegal),
  };
}

function check(name: string, observed: number, expected: string, ok: boolean): Check {
  return { name, expected, observed: String(observed), ok };
}

/**
 * The loop has thrown already when anything disagreed. What is left to judge: that it was hard
 * enough to be worth something. A loop without order flow, or without doubt, proves nothing.
 */
export function checksOf(report: LoopReport): Check[] {
  const totals = totalsOf(report);
  const { kills } = report;
  const zero = (name: string, count: number): Check => check(name, count, '0', count === 0);
  const atLeast = (name: string, count: number, least: number): Check =>
    check(name, count, `≥ ${least}`, count >= least);
  return [
    check('kills', totals.kills, String(kills), totals.kills === kills),
    zero('labels the venue was asked to place more than once', totals.repeated),
    zero('duplicate_dispatch_count of the daemon, summed', totals.daemonDuplicates),
    zero('illegal_order_attempts of the daemon, summed', totals.daemonIllegal),
    zero('positions that reconciliation had to take over', totals.adoptions),
    atLeast(
      'restarts after which ledger and venue were found equal',
      totals.verifications,
      totals.kills - totals.killedBeforeActive,
    ),
    atLeast('orders the venue was asked for', totals.requests, kills),
    atLeast('kills that left orders unfinished', totals.killedWithOrdersUnfinished, kills / 5),
    atLeast('doubts proved absent (`not_sent`)', totals.notSent, 1),
    atLeast('doubts settled by what the venue had', totals.adopted, 1),
    atLeast('kills during recovery', totals.killedBeforeActive, kills / 10),
    check(
      'plans that did not strike',
      totals.replaced,
      `≤ ${kills / 5}`,
      totals.replaced <= kills / 5,
    ),
  ];
}

function kindRows(cycles: readonly CycleReport[]): Array<Array<string | number>> {
  const kinds = [...new Set(cycles.map(({ kind }) => kind))].sort();
  return kinds.map((kind) => {
    const own = cycles.filter((cycle) => cycle.kind === kind);
    const doubtful = own.filter(({ unfinished }) => unfinished > 0).length;
    return [kind, own.length, own.filter(({ replaced }) => replaced).length, doubtful];
  });
}

function laneRow({ lane, quotes, cycles, verifications, venue, fills, doubts }: LaneReport) {
  const refused = Object.entries(venue.refused).map(([code, count]) => `${code} × ${count}`);
  return [
    lane,
    quotes ? 'crossing and resting' : 'crossing',
    cycles.length,
    verifications,
    venue.requests,
    venue.repeated.length,
    fills,
    doubts.notSent,
    doubts.adopted,
    refused.join(', '),
  ];
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

export function renderLoop(report: LoopReport, provenance: Provenance): string {
  const checks = checksOf(report);
  const cycles = cyclesOf(report);
  const starts = cycles.flatMap(({ activeMs }) => (activeMs === null ? [] : [activeMs]));
  const minutes = (report.durationMs / 60_000).toFixed(1);
  return pageOf([
    '# Restart loop',
    `Result: ${verdict(checks)}`,
    provenanceTable(provenance),
    `The shipped daemon, in a process of its own, trades against the venue process and is ended by SIGKILL ${cycles.length} times in ${minutes} minutes over ${report.lanes.length} accounts. Each venue process lives through its whole lane. After every restart that reaches Active the ledger, read from its files, is compared with what the venue holds: positions and open orders. The venue counts what it was asked to place by label; a label that came twice, one that is not in the ledger, or a refusal for a malformed order ends the loop. System calls injected by strace: ${report.hasStrace ? 'yes' : 'no, by hooks in the process instead'}. From start to Active: median ${middle(starts)} ms.`,
    '## Checks',
    checksTable(checks),
    '## Kills by kind',
    table(
      ['kind', 'kills', 'did not strike, killed from outside', 'left orders unfinished'],
      kindRows(cycles),
    ),
    '## Accounts',
    table(
      [
        'lane',
        'flow',
        'kills',
        'found equal',
        'orders asked',
        'labels twice',
        'fills',
        '`not_sent`',
        'settled',
        'venue refused',
      ],
      report.lanes.map(laneRow),
    ),
    'Every kill: [cycles.jsonl](cycles.jsonl). What each kind means: `tests/prove/restart-loop/plan.ts`.',
  ]);
}
