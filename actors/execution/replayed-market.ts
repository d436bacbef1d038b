/**
 * What replay keeps of the market: for orders that may still fill, the touch and the mark of their
 * decision snapshot, so that a late fill is explained as if the process had never ended; of recorded
 * attributions, how kind predictions of slippage were.
 */
import type { InstrumentKind } from '../../streams/facts/instrument.ts';
import type { SnapshotRecordedPayload } from '../../streams/facts/schemas/evidence.ts';
import { markOfSnapshot, type TradeKind } from '../evidence/index.ts';
import { numberOf, quoted } from './cut-fact.ts';
import type { Expectation, OrderRecord } from './order-record.ts';

/** Lessons taught at a start, count: the windows of ten kinds of trade. */
export const lessonsMax = 2_000;

export interface SlippageLesson {
  readonly trade: TradeKind;
  readonly realisedBpsFloat: number;
}

function textOf(payload: string, name: string): string {
  const mark = `"${name}":"`;
  return quoted(payload, mark, payload.indexOf(mark));
}

/** Of an attribution as text; undefined for a maker, and where prediction or touch was not known. */
export function lessonOf(
  payload: string,
  kindOf: (instrumentName: string) => InstrumentKind | undefined,
): SlippageLesson | undefined {
  const realisedBpsFloat = numberOf(payload, 'slippage_touch_bps_float');
  const predictedBpsFloat = numberOf(payload, 'predicted_slippage_bps_float');
  if (realisedBpsFloat === null || predictedBpsFloat === null) return undefined;
  if (textOf(payload, 'liquidity') === 'maker') return undefined;
  const kind = kindOf(textOf(payload, 'instrument'));
  if (kind === undefined) return undefined;
  const strategyId = textOf(payload, 'strategy_id');
  return { trade: { strategyId, kind, predictedBpsFloat }, realisedBpsFloat };
}

type SeenThen = Pick<Expectation, 'mark' | 'touchPriceFloat'>;

/** From the bytes of a `snapshot.recorded` fact, of any version. */
export function marketOfSnapshot(bytes: Buffer, { intent, expectation }: OrderRecord): SeenThen {
  const { payload } = JSON.parse(bytes.toString('utf8')) as { payload: SnapshotRecordedPayload };
  const seen = payload.instruments.find(({ instrument }) => instrument === intent.instrument.name);
  if (seen === undefined) return { mark: null, touchPriceFloat: null };
  const [touch] = seen.book_valid ? (intent.side === 'buy' ? seen.asks : seen.bids) : [];
  const { decidedUs } = expectation;
  return {
    mark: decidedUs === null ? null : markOfSnapshot(seen, intent.instrument, decidedUs),
    touchPriceFloat: touch === undefined ? null : Number(touch[0]),
  };
}
