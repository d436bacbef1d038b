/** What operators took over, read back: the same positions, reservations and known trades as before. */
import { gridCountOfText } from '../../streams/facts/decimal.ts';
import type { Instrument } from '../../streams/facts/instrument.ts';
import type {
  OrderAdoptedEndedPayload,
  OrderAdoptedPayload,
  TradeAdoptedPayload,
} from '../../streams/facts/schemas/adoption.ts';
import type { FillRecordedPayload } from '../../streams/facts/schemas/execution.ts';
import type { PositionAdoptedPayload } from '../../streams/facts/schemas/position.ts';
import type { AdoptedOrder } from './adopted-orders.ts';
import { adoptedOrderOf } from './adoption-facts.ts';
import type { TakenPosition } from './booking.ts';
import type { Fill } from './positions.ts';

/** What replay does with adoptions. */
export interface AdoptionTarget {
  trade(tradeId: string, fill: Fill, orderId: string, adoptionId: string): void;
  order(order: AdoptedOrder): void;
  orderEnded(orderId: string): void;
  position(adoptionId: string | null, position: TakenPosition): void;
}

/** A recorded trade as positions take it. */
export function recordedFill(
  payload: Pick<FillRecordedPayload, 'side' | 'price' | 'amount' | 'fee' | 'index_price_float'>,
  instrument: Instrument,
  tsUs: number,
): Fill {
  return {
    instrument,
    side: payload.side,
    priceTicks: gridCountOfText(instrument.price, payload.price, 'exact'),
    lots: gridCountOfText(instrument.amount, payload.amount, 'exact'),
    feeFloat: Number(payload.fee),
    indexFloat: payload.index_price_float,
    tsUs,
  };
}

export interface RecordedAdoption {
  readonly type: 'trade.adopted' | 'order.adopted' | 'order.adopted_ended' | 'position.adopted';
  readonly tsUs: number;
  readonly payload: unknown;
}

export function replayAdoption(
  { type, tsUs, payload }: RecordedAdoption,
  instrumentOf: (revision: string) => Instrument,
  target: AdoptionTarget,
): void {
  switch (type) {
    case 'trade.adopted': {
      const trade = payload as TradeAdoptedPayload;
      const fill = recordedFill(trade, instrumentOf(trade.instrument_revision), tsUs);
      target.trade(trade.trade_id, fill, trade.order_id, trade.adoption_id);
      return;
    }
    case 'order.adopted': {
      const order = payload as OrderAdoptedPayload;
      target.order(adoptedOrderOf(order, instrumentOf(order.instrument_revision)));
      return;
    }
    case 'order.adopted_ended':
      target.orderEnded((payload as OrderAdoptedEndedPayload).order_id);
      return;
    case 'position.adopted': {
      const position = payload as PositionAdoptedPayload;
      const instrument = instrumentOf(position.instrument_revision);
      target.position(position.adoption_id, {
        instrument,
        signedLots: gridCountOfText(instrument.amount, position.amount, 'exact'),
        averagePriceFloat: position.average_price_float,
        tsUs,
      });
    }
  }
}
