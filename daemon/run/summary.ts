/** What a run did, as numbers and digests that two runs can be compared by. */
import { decodeEnvelope } from '../../streams/facts/envelope.ts';
import { sha256Hex } from '../../streams/facts/hash.ts';
import { usPerSecond } from '../../streams/facts/time.ts';
import type { World } from '../../streams/worlds/index.ts';
import type { System } from '../system.ts';

export interface DigestedList {
  readonly count: number;
  /** sha256 over the entries in order, one a line. */
  readonly digest: string;
}

export interface RunSummary {
  readonly run_id: string;
  readonly world: { readonly scenario_id: string; readonly manifest_fingerprint: string };
  readonly policy_rev: string;
  readonly events_admitted: number;
  /** Decision ids, sent ones first, then those of which nothing was sent. */
  readonly decisions: DigestedList;
  /** Intent hashes as recorded in the ledger. */
  readonly intents: DigestedList;
  /** Intent hash, trade id, side, price, amount and fee of every booked fill. */
  readonly fills: DigestedList;
  /** Decision id, leg and code of everything refused. */
  readonly refusals: DigestedList & { readonly by_code: Readonly<Record<string, number>> };
  /** At the end of the recording. */
  readonly trading_mode: string;
  readonly mode_reasons: readonly string[];
  readonly in_doubt: number;
  readonly recorded_s: number;
  readonly wall_s: number;
  readonly speedup: number;
  readonly events_per_s: number;
  readonly data_directory: string;
}

function digested(lines: readonly string[]): DigestedList {
  return { count: lines.length, digest: sha256Hex(lines.join('\n')) };
}

interface Lines {
  readonly decisions: string[];
  readonly intents: string[];
  readonly fills: string[];
  readonly refusals: string[];
  readonly refusalCodes: string[];
}

type Payload = Readonly<Record<string, unknown>>;

function lineOf(payload: Payload, keys: readonly string[]): string {
  return keys.map((key) => String(payload[key])).join(' ');
}

/** Everything as it stands in the journal: what was recorded is what counts. */
function linesOf({ journal }: System): Lines {
  const decisions = new Set<string>();
  const lines: Omit<Lines, 'decisions'> = {
    intents: [],
    fills: [],
    refusals: [],
    refusalCodes: [],
  };
  for (const name of ['ledger', 'audit'] as const) {
    for (const { bytes } of journal.stream(name).read(0)) {
      const { event_type, payload } = decodeEnvelope(bytes);
      if (event_type === 'order.intent') lines.intents.push(String(payload.intent_id));
      if (event_type === 'fill.recorded') {
        const keys = ['intent_id', 'trade_id', 'side', 'price', 'amount', 'fee'];
        lines.fills.push(lineOf(payload, keys));
      }
      if (event_type === 'decision.suppressed') {
        lines.refusals.push(lineOf(payload, ['decision_id', 'leg_idx', 'code']));
        lines.refusalCodes.push(String(payload.code));
      }
      if (typeof payload.decision_id === 'string') decisions.add(payload.decision_id);
    }
  }
  return { ...lines, decisions: [...decisions] };
}

function countsOf(codes: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const code of [...codes].sort()) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}

export function summarise(input: {
  readonly system: System;
  readonly world: World;
  readonly dataDirectory: string;
  readonly wallUs: number;
}): RunSummary {
  const { system, world, dataDirectory, wallUs } = input;
  const { scenario_id, manifest_fingerprint, first_ts_us, last_ts_us } = world.manifest;
  const lines = linesOf(system);
  const { mode, reasons } = system.guard.evaluate();
  const recordedS = (last_ts_us - first_ts_us) / usPerSecond;
  const wallS = wallUs / usPerSecond;
  const { admitted } = system.gate.counters;
  return {
    run_id: system.options.runId,
    world: { scenario_id, manifest_fingerprint },
    policy_rev: system.policyRev,
    events_admitted: admitted,
    decisions: digested(lines.decisions),
    intents: digested(lines.intents),
    fills: digested(lines.fills),
    refusals: { ...digested(lines.refusals), by_code: countsOf(lines.refusalCodes) },
    trading_mode: mode,
    mode_reasons: reasons,
    in_doubt: system.execution.inDoubtCount,
    recorded_s: recordedS,
    wall_s: wallS,
    speedup: recordedS / wallS,
    events_per_s: admitted / wallS,
    data_directory: dataDirectory,
  };
}
