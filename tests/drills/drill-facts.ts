/** What the journal says happened in a drill, in the order it was written, with times. */
import { join } from 'node:path';
import { productionPorts } from '../../daemon/ports/production/index.ts';
import type { Fact } from '../../streams/facts/envelope.ts';
import { parseFact } from '../../streams/facts/registry.ts';
import { openJournalReader } from '../../streams/journal/index.ts';

/** Facts of one stream; each is validated against its schema on the way. */
function streamFacts(
  dataDirectory: string,
  name: 'control' | 'ledger' | 'audit',
  types: readonly string[],
): Fact[] {
  const { disk } = productionPorts({ log: { level: 'silent', destination: 'stderr' } });
  const reader = openJournalReader(disk, join(dataDirectory, 'journal'));
  try {
    return [...reader.stream(name).read(0)]
      .map(({ bytes }) => parseFact(bytes))
      .filter(({ event_type }) => types.includes(event_type));
  } finally {
    reader.close();
  }
}

export interface DrillFacts {
  /** Modes, latches, emergency, commands, runs, reconciliations. */
  readonly control: readonly Fact[];
  /** Recorded intents: nothing is dispatched without one. */
  readonly intents: readonly Fact[];
  readonly fills: readonly Fact[];
  /** Intents that were refused before dispatch. */
  readonly refused: readonly Fact[];
}

const controlTypes = [
  'run.started',
  'run.ended',
  'mode.changed',
  'latch.changed',
  'emergency.changed',
  'operator.command',
  'reconcile.finished',
];

export function readDrillFacts(dataDirectory: string): DrillFacts {
  return {
    control: streamFacts(dataDirectory, 'control', controlTypes),
    intents: streamFacts(dataDirectory, 'ledger', ['order.intent']),
    fills: streamFacts(dataDirectory, 'ledger', ['fill.recorded']),
    refused: streamFacts(dataDirectory, 'audit', ['decision.suppressed']),
  };
}

/** When it was emitted; facts of one process compare by it. */
export function timeOf(fact: Fact): string {
  return fact.emitted_at_utc ?? fact.ts_utc;
}

/** Facts in [from, to). */
export function within(facts: readonly Fact[], from: string, to: string): Fact[] {
  return facts.filter((fact) => timeOf(fact) >= from && timeOf(fact) < to);
}

/** Counts by a text field of the payload. */
export function countBy(facts: readonly Fact[], field: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { payload } of facts) {
    const key = String(payload[field]);
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

/** One line of the control timeline: what an operator would want to read. */
export function controlLine(fact: Fact): { at_utc: string; event: string; what: string } {
  const text = (key: string): string => String(fact.payload[key]);
  const list = (key: string): string =>
    ((fact.payload[key] as string[]) ?? []).join(', ') || 'none';
  const when = (key: string, yes: string, no: string): string =>
    fact.payload[key] === true ? yes : no;
  const texts: Record<string, () => string> = {
    'run.started': () =>
      `stage ${text('stage')}, profile ${text('profile')}, epoch ${text('journal_epoch')}`,
    'run.ended': () => text('cause'),
    'mode.changed': () => `${text('old_mode')} → ${text('new_mode')}: ${list('mode_reasons')}`,
    'latch.changed': () => when('blocked', `blocked: ${list('reasons')}`, 'open'),
    'emergency.changed': () => `${when('active', 'active', 'released')}: ${text('cause')}`,
    'operator.command': () =>
      `${text('command')} by ${text('role')}: ${when('accepted', 'accepted', 'refused')}, ${text('outcome')}`,
    'reconcile.finished': () => `${text('outcome')}: ${text('cause')}`,
  };
  return {
    at_utc: timeOf(fact),
    event: fact.event_type,
    what: texts[fact.event_type]?.() ?? '',
  };
}
