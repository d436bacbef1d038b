/**
 * The worst that can be observed, for the trip test: a book with one lot at the touch and everything else
 * at any price, positions nobody has, and a view in which every gate but the asked one has nothing to say.
 */
import { type Instrument, instrumentOf } from '../../streams/facts/instrument.ts';
import type { OrderIntent } from '../../streams/facts/intent.ts';
import type { BookView, InstrumentView } from '../../streams/facts/market.ts';
import type { ExecutionPolicy } from '../../streams/facts/policy/execution.ts';
import { beyondMoney } from '../../streams/facts/policy/limit-proof.ts';
import type { RejectCode } from '../../streams/facts/reject-codes.ts';
import type { ExposureRow } from './exposure.ts';
import type { Gate, GateView } from './gates/gate.ts';

/** Lots of 10 USD: worth that much. */
export const beyondLots = beyondMoney / 10;

const perpetualRow = {
  name: 'BTC-PERPETUAL',
  venue: 'proof',
  kind: 'perpetual',
  margin: 'inverse',
  base_currency: 'BTC',
  quote_currency: 'USD',
  settlement_currency: 'BTC',
  tick_size: '0.5',
  tick_bands: [],
  lot_size: '10',
  min_amount: '10',
  contract_size: '10',
  expiry_us: null,
  strike: null,
  option_type: null,
  price_index: 'btc_usd',
  maker_fee_rate: '0',
  taker_fee_rate: '0',
} as const;
export const perpetual = instrumentOf({ ...perpetualRow, tick_bands: [] });
export const other = instrumentOf({
  ...perpetualRow,
  tick_bands: [],
  name: 'ETH-PERPETUAL',
  base_currency: 'ETH',
});
export const option = instrumentOf({
  ...perpetualRow,
  name: 'BTC-1JAN70-1-C',
  kind: 'option',
  tick_size: '0.0001',
  tick_bands: [{ above_price: '0.005', tick_size: '0.0005' }],
  lot_size: '0.1',
  min_amount: '0.1',
  contract_size: '1',
  expiry_us: 1,
  strike: '1',
  option_type: 'call',
});
/** Price ticks of a calm market: 50,000 USD, or an option worth one coin. */
export const calmTicks = 100_000;
export const optionTicks = 10_000;

/** One lot at the touch, and everything else at the worst price there is. */
function brokenBook(instrument: Instrument, touch: number): BookView {
  return {
    instrument,
    valid: true,
    changeId: 0,
    tsUs: 0,
    receivedMonotonicUs: 0,
    depth: () => 2,
    ticksAt: (side, level) => {
      if (level === 0) return touch;
      return side === 'asks' ? touch * 1_000_000 : 1;
    },
    lotsAt: (_side, level) => (level === 0 ? 1 : beyondLots),
  };
}

function seenOf(instrument: Instrument, touch: number): InstrumentView {
  const priceFloat = touch / instrument.price.perUnit;
  return {
    instrument,
    state: 'open',
    book: brokenBook(instrument, touch),
    ticker: {
      type: 'ticker',
      instrument,
      markFloat: priceFloat,
      indexFloat: 50_000,
    } as InstrumentView['ticker'],
    lastTrade: undefined,
  };
}

const views = new Map(
  [seenOf(perpetual, calmTicks), seenOf(other, calmTicks), seenOf(option, optionTicks)].map(
    (seen) => [seen.instrument.name, seen],
  ),
);

export function intentOf(own: Partial<OrderIntent>): OrderIntent {
  return {
    intentId: 'proof',
    groupId: 'proof',
    legIdx: 0,
    attempt: 0,
    strategyId: 'proof',
    decisionId: 'proof',
    class: 'OPEN',
    instrument: perpetual,
    side: 'buy',
    qtyLots: 1,
    limitTicks: calmTicks,
    timeInForce: 'immediate_or_cancel',
    postOnly: false,
    reduceOnly: false,
    validUntilUs: 0,
    label: 'proof',
    edge: null,
    reasonCodes: [],
    traceId: 'proof',
    ...own,
  };
}

interface Worst {
  readonly intent?: Partial<OrderIntent>;
  readonly policy?: Partial<ExecutionPolicy>;
  readonly view?: Partial<GateView>;
  readonly group?: Partial<GateView['group']>;
  readonly held?: readonly Pick<ExposureRow, 'instrument' | 'signedLots'>[];
}

const none = { pendingBuyLots: 0, pendingSellLots: 0 };

/** Whether the gate refuses it with its code. */
export function refuses(
  gate: Gate,
  code: RejectCode,
  policy: ExecutionPolicy,
  worst: Worst,
): boolean {
  const intent = intentOf(worst.intent ?? {});
  const rows = (worst.held ?? []).map((row) => ({ ...none, ...row }));
  const exposure = {
    rows,
    row: (name: string) => rows.find(({ instrument }) => instrument.name === name),
    reservedLots: () => 0,
  };
  const market = {
    get: (name: string) => views.get(name),
    instruments: views.values(),
    lastEventMonotonicUs: 0,
  };
  const group = {
    earlier: [],
    legCount: 1,
    openNotionalUsdFloat: 0,
    netEdgeUsdFloat: 0,
    skew: { biasFloat: 0, addsUsdFloat: 0 },
    churnKey: 'proof',
    ...worst.group,
  };
  const view = {
    nowUs: 0,
    nowMonotonicUs: 0,
    policy: { ...policy, ...worst.policy },
    containing: false,
    proposedTicks: intent.limitTicks,
    marginUse: undefined,
    market,
    seen: market.get(intent.instrument.name),
    exposure,
    openOrderCount: 0,
    openGroupCount: 0,
    ordersInLastSecond: 0,
    creditsSuffice: true,
    group,
    route: 'normal',
    ...worst.view,
  } as unknown as GateView;
  return gate(intent, view)?.code === code;
}
