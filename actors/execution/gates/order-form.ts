/**
 * Preflight on the loose proposal, before there is an intent: only limit orders exist here, and the
 * flags must be what they claim to be.
 */
import type { ProposedIntent } from '../../../streams/facts/intent.ts';
import { timesInForce } from '../../../streams/facts/intent.ts';
import { legIdxMax } from '../label.ts';
import { type GateResult, reject } from './gate.ts';

const stopTypes = new Set([
  'stop',
  'stop_limit',
  'stop_market',
  'take_limit',
  'take_market',
  'trailing_stop',
]);
const stopFields = ['trigger', 'trigger_price', 'trigger_offset', 'stop_price'];
const linkedFields = ['linked_order_type', 'otoco_config', 'trigger_fill_condition'];

/** Refuses market, stop, trigger and linked orders, and malformed flags. */
export function orderFormGate(proposed: ProposedIntent): GateResult {
  const type = proposed.order_type ?? 'limit';
  if (type === 'market' || type === 'market_limit') return reject('OrderTypeMarketForbidden');
  if (typeof type === 'string' && stopTypes.has(type)) return reject('OrderTypeStopForbidden');
  if (stopFields.some((field) => proposed[field] !== undefined && proposed[field] !== null)) {
    return reject('OrderTypeStopForbidden');
  }
  if (linkedFields.some((field) => proposed[field] !== undefined && proposed[field] !== null)) {
    return reject('LinkedOrderTypeForbidden');
  }
  if (type !== 'limit') return reject('SchemaInvalid', { field: 'order_type' });
  if (proposed.side !== 'buy' && proposed.side !== 'sell') {
    return reject('SchemaInvalid', { field: 'side' });
  }
  const tif = proposed.time_in_force;
  if (tif !== undefined && !timesInForce.some((known) => known === tif)) {
    return reject('SchemaInvalid', { field: 'time_in_force' });
  }
  for (const field of ['post_only', 'reduce_only'] as const) {
    const flag = proposed[field];
    if (flag !== undefined && typeof flag !== 'boolean') return reject('SchemaInvalid', { field });
  }
  for (const field of ['leg_idx', 'attempt'] as const) {
    const value = proposed[field];
    if (value === undefined) continue;
    const counts = Number.isSafeInteger(value) && (value as number) >= 0;
    // A label with more digits would be sent, and no trade of it would be known as ours.
    if (!counts || (value as number) > legIdxMax) return reject('SchemaInvalid', { field });
  }
  if (proposed.post_only === true && tif === 'immediate_or_cancel') {
    return reject('SchemaInvalid', { field: 'post_only', cause: 'cannot be immediate as well' });
  }
  return undefined;
}
