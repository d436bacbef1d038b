/**
 * Public trade rows. One frame carries several; a combo's aggregate row is decoded like any other
 * and counted by nobody twice, because it carries the combo's own instrument name.
 */
import { gridCount } from '../../../facts/decimal.ts';
import type { Instrument } from '../../../facts/instrument.ts';
import type { TradeEvent } from '../../../facts/market.ts';
import { floatOrNull, type JsonObject, usOfMs } from './json.ts';
import type { QuarantineReason } from './quarantine.ts';
import type { Stamp } from './stamp.ts';

/** The event, or why there is none. */
export function decodeTrade(
  row: JsonObject,
  instrument: Instrument,
  stamp: Stamp,
): TradeEvent | QuarantineReason {
  const tsUs = usOfMs(row.timestamp);
  const tradeId = row.trade_id;
  const tradeSeq = row.trade_seq;
  const side = row.direction;
  if (tsUs === undefined || typeof tradeId !== 'string' || tradeId === '') return 'field_malformed';
  if (typeof tradeSeq !== 'number' || !Number.isSafeInteger(tradeSeq)) return 'field_malformed';
  if (side !== 'buy' && side !== 'sell') return 'field_malformed';
  const price = row.price;
  const amount = row.amount;
  if (typeof price !== 'number' || typeof amount !== 'number') return 'field_malformed';
  const priceTicks = gridCount(instrument.price, price);
  if (priceTicks === undefined) return 'price_off_grid';
  const lots = gridCount(instrument.amount, amount);
  if (lots === undefined || lots <= 0) return 'amount_off_grid';
  return {
    type: 'trade',
    instrument,
    channel: stamp.channel,
    sessionEpoch: stamp.sessionEpoch,
    tsUs,
    receivedUs: stamp.receivedUs,
    receivedMonotonicUs: stamp.receivedMonotonicUs,
    tradeId,
    tradeSeq,
    priceTicks,
    lots,
    side,
    markFloat: floatOrNull(row.mark_price),
    indexFloat: floatOrNull(row.index_price),
  };
}
