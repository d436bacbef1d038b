/** What a run did, as numbers and digests that two runs can be compared by. */
import { decodeEnvelope } from '../../streams/facts/envelope.ts';
import { sha256Hex } from '../../streams/facts/hash.ts';
import { usPerSecond } from '../../streams/facts/time.ts';
import type { World } from '../../streams/worlds/index.ts';
import type { System } from '../system.ts';

export interface DigestedList {
  readonly count: number;
  /** sha256 over the ids in order, one a line. */
  readonly digest: string;
}

export interface RunSummary {
  readonly run_id: string;
  readonly world: { readonly scenario_id: string; readonly manifest_fingerprint: string };
  readonly policy_rev: string;
  readonly events_admitted: number;
  readonly decisions: DigestedList;
  readonly intents: DigestedList;
  readonly fills: number;
  readonly suppressed: number;
  readonly trading_mode: string;
  readonly mode_reasons: readonly string[];
  readonly recorded_s: number;
  readonly wall_s: number;
  readonly speedup: number;
  readonly data_directory: string;
}

function digested(ids: readonly string[]): DigestedList {
  return { count: ids.length, digest: sha256Hex(ids.join('\n')) };
}

interface Ids {
  readonly decisions: string[];
  readonly intents: string[];
  suppressed: number;
}

/** Ids as they stand in the journal: recorded intents, and decisions whether sent or refused. */
function idsOf({ journal }: System): Ids {
  const intents: string[] = [];
  const decisions = new Set<string>();
  let suppressed = 0;
  for (const name of ['ledger', 'audit'] as const) {
    for (const { bytes } of journal.stream(name).read(0)) {
      const { event_type, payload } = decodeEnvelope(bytes);
      if (event_type === 'order.intent') intents.push(String(payload.intent_id));
      if (event_type === 'decision.suppressed') suppressed += 1;
      const decision = payload.decision_id;
      if (typeof decision === 'string') decisions.add(decision);
    }
  }
  return { decisions: [...decisions], intents, suppressed };
}

export function summarise(input: {
  readonly system: System;
  readonly world: World;
  readonly dataDirectory: string;
  readonly wallUs: number;
}): RunSummary {
  const { system, world, dataDirectory, wallUs } = input;
  const { manifest } = world;
  const ids = idsOf(system);
  const { mode, reasons } = system.guard.evaluate();
  const recordedS = (manifest.last_ts_us - manifest.first_ts_us) / usPerSecond;
  return {
    run_id: system.options.runId,
    world: {
      scenario_id: manifest.scenario_id,
      manifest_fingerprint: manifest.manifest_fingerprint,
    },
    policy_rev: system.policyRev,
    events_admitted: system.gate.counters.admitted,
    decisions: digested(ids.decisions),
    intents: digested(ids.intents),
    fills: system.counts.fills,
    suppressed: ids.suppressed,
    trading_mode: mode,
    mode_reasons: reasons,
    recorded_s: recordedS,
    wall_s: wallUs / usPerSecond,
    speedup: recordedS / (wallUs / usPerSecond),
    data_directory: dataDirectory,
  };
}
