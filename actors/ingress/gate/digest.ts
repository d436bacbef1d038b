/**
 * Cheap 32-bit digests of payloads, to tell a repeated event from a changed one on the hot path.
 * Not for storage: facts carry real hashes, made when they are written.
 */
import type {
  BookEvent,
  FlatLevels,
  TickerEvent,
  TradeEvent,
} from '../../../streams/facts/market.ts';

const prime = 0x01000193;
const seed = 0x811c9dc5 | 0;

const floats = new Float64Array(1);
const words = new Int32Array(floats.buffer);

// `| 0` keeps the low 32 bits, which is where honest payloads differ.
function mix(hash: number, value: number): number {
  return Math.imul(hash ^ (value | 0), prime) ^ (hash >>> 15);
}

function mixFloat(hash: number, value: number | null): number {
  floats[0] = value ?? Number.NaN;
  return mix(mix(hash, words[0] as number), words[1] as number);
}

function mixLevels(hash: number, levels: FlatLevels): number {
  let mixed = mix(hash, levels.length);
  for (let at = 0; at < levels.length; at += 1) mixed = mix(mixed, levels[at] as number);
  return mixed;
}

export function bookDigest(event: BookEvent): number {
  const head = mix(mix(seed, event.prevChangeId), event.tsUs / 1_000);
  return mixLevels(mixLevels(head, event.bids), event.asks);
}

export function tradeDigest(event: TradeEvent): number {
  let hash = mix(mix(seed, event.tradeSeq), event.tsUs / 1_000);
  hash = mix(mix(hash, event.priceTicks), event.lots);
  return mix(hash, event.side === 'buy' ? 1 : 2);
}

export function tickerDigest(event: TickerEvent): number {
  let hash = mix(seed, event.state.length);
  hash = mixFloat(mixFloat(hash, event.markFloat), event.indexFloat);
  hash = mixFloat(mixFloat(hash, event.lastFloat), event.openInterestFloat);
  hash = mixFloat(mixFloat(hash, event.funding8hFloat), event.underlyingFloat);
  hash = mixFloat(hash, event.markIvFloat);
  const { greeks } = event;
  if (greeks === null) return hash;
  hash = mixFloat(mixFloat(hash, greeks.deltaFloat), greeks.gammaFloat);
  return mixFloat(mixFloat(hash, greeks.vegaFloat), greeks.thetaFloat);
}
