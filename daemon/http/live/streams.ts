/**
 * The live streams people can attach to. Each one is a filter over a journal stream, so history
 * and live are the same thing: a client reads on from an offset and never sees a gap or a
 * duplicate. `log` alone has no history: it is a tap on the logger.
 */
import type { Fact } from '../../../streams/facts/envelope.ts';

export type JournalStreamName = 'ledger' | 'traffic' | 'control' | 'audit';

export interface LiveStreamRow {
  readonly name: string;
  /** Where the facts stand; null: the log tap, which cannot replay. */
  readonly journal: JournalStreamName | null;
  readonly about: string;
  readonly includes: (eventType: string) => boolean;
}

const startsWith =
  (...prefixes: string[]) =>
  (eventType: string): boolean =>
    prefixes.some((prefix) => eventType.startsWith(prefix));

export const liveStreamRows: readonly LiveStreamRow[] = [
  {
    name: 'market',
    journal: 'traffic',
    about: 'Books, trades, tickers as the gate admitted them.',
    includes: startsWith('market.'),
  },
  {
    name: 'orders',
    journal: 'ledger',
    about: 'Intents and order transitions.',
    includes: startsWith('order.'),
  },
  {
    name: 'intents',
    journal: 'ledger',
    about: 'Recorded intents.',
    includes: startsWith('order.intent'),
  },
  {
    name: 'fills',
    journal: 'ledger',
    about: 'Fills, once each; trades an operator adopted among them.',
    includes: startsWith('fill.', 'trade.adopted'),
  },
  {
    name: 'mode',
    journal: 'control',
    about: 'Trading mode, latch, policy and operator commands.',
    includes: startsWith('mode.', 'latch.', 'emergency.', 'policy.', 'operator.', 'reconcile.'),
  },
  {
    name: 'decisions',
    journal: 'audit',
    about: 'Decisions, and intents that were not sent.',
    includes: startsWith('decision.'),
  },
  {
    name: 'audit',
    journal: 'audit',
    about: 'Everything in the audit stream.',
    includes: () => true,
  },
  {
    name: 'machines',
    journal: 'control',
    about: 'Transitions of state charts.',
    includes: (eventType) => /\.(transition|changed)$/.test(eventType),
  },
  { name: 'log', journal: null, about: 'Log lines, live only.', includes: () => true },
];

/** What a client asked to see. */
export interface LiveFilter {
  readonly instrument: string | undefined;
  readonly runner: string | undefined;
  readonly traceId: string | undefined;
  readonly severity: string | undefined;
}

function payloadText(fact: Fact, ...keys: string[]): string | undefined {
  for (const key of keys) {
    const value = fact.payload[key];
    if (typeof value === 'string') return value;
  }
  return undefined;
}

/** Order facts name their instrument in the partition key, `account:instrument`. */
function isAbout(fact: Fact, instrument: string): boolean {
  if (payloadText(fact, 'instrument') === instrument) return true;
  const { partition_key: key } = fact;
  return key === instrument || key.endsWith(`:${instrument}`);
}

/** Whether a fact passes the filter; a filter that the fact has no field for does not match. */
export function passes(filter: LiveFilter, fact: Fact): boolean {
  const { instrument, runner, traceId } = filter;
  if (traceId !== undefined && fact.trace_id !== traceId) return false;
  if (instrument !== undefined && !isAbout(fact, instrument)) return false;
  return runner === undefined || payloadText(fact, 'runner_id', 'strategy_id') === runner;
}

/** Whether the filter needs to look inside facts. */
export function looksInside({ instrument, runner, traceId }: LiveFilter): boolean {
  return instrument !== undefined || runner !== undefined || traceId !== undefined;
}

const typeKey = Buffer.from('"event_type":"');
const quote = 0x22;

/**
 * The event type of a journal record without parsing it. Canonical JSON sorts the keys, and only
 * a time and an id stand before the type, so the first match is the envelope's own.
 */
export function eventTypeOf(bytes: Buffer): string | undefined {
  const at = bytes.indexOf(typeKey);
  if (at < 0) return undefined;
  const start = at + typeKey.length;
  const end = bytes.indexOf(quote, start);
  return end < 0 ? undefined : bytes.toString('latin1', start, end);
}

export const severities = ['debug', 'info', 'warn', 'error', 'fatal'] as const;

/** Whether a log line is at least as severe as asked for. */
export function severeEnough(asked: string | undefined, level: string): boolean {
  if (asked === undefined) return true;
  const order: readonly string[] = severities;
  return order.indexOf(level) >= order.indexOf(asked);
}
