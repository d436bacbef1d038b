/**
 * Options boards as a world: every listed instrument stands in it, with a book of its best quotes
 * where the board has them and an empty one where it has not, and a ticker for every mark. A board
 * that is read several times becomes a sequence; nothing between two readings is made up.
 */
import type { Instrument } from '../../facts/instrument.ts';
import type { BookEvent, FlatLevels, MarketEvent, TickerEvent } from '../../facts/market.ts';
import type { EventSink } from '../world-writer.ts';
import { type BoardLine, parseBoardLine, quoteTimeUs } from './board-lines.ts';
import { instrumentRowsOf } from './deribit-instruments.ts';
import type { InstrumentSurvey } from './instrument-survey.ts';
import {
  invalid,
  isObject,
  type JsonObject,
  numberAt,
  numberOrNullAt,
  stepsOfNumber,
  textAt,
} from './json-fields.ts';
import type { Provenance } from './provenance.ts';
import type { LineImporter } from './request.ts';

/** Events kept until the end, where they are put in order: a day of minutely boards of one coin. */
export const boardEventsMax = 2_000_000;

const leftOut = {
  inactive: 'listed instruments that were not active',
  tornBook: 'quotes whose bid is not below their ask',
} as const;

/** What a board row offers on one side; undefined when nothing. Size null: the row has none. */
interface Quote {
  readonly price: number;
  readonly amount: number | null;
}

function quoteOf(row: JsonObject, side: 'bid' | 'ask'): Quote | undefined {
  const levels = row[`${side}s`];
  if (Array.isArray(levels)) {
    const [price, amount] = (levels[0] ?? []) as readonly unknown[];
    return typeof price === 'number' && typeof amount === 'number' ? { price, amount } : undefined;
  }
  const price = numberOrNullAt(
    row,
    `best_${side}_price` in row ? `best_${side}_price` : `${side}_price`,
  );
  const amount = numberOrNullAt(row, `best_${side}_amount`);
  // An empty side is spelled 0.0 or null; the amount decides where there is one.
  if (price === null || price <= 0 || amount === 0) return undefined;
  return { price, amount };
}

/** Learns instruments and the steps their quotes need. */
export function surveyBoard(survey: InstrumentSurvey, line: BoardLine): void {
  if (line.kind === 'instruments')
    survey.list({ kind: 'http-reply', url: 'get_instruments', message: line.message });
  if (line.kind !== 'quotes') return;
  for (const row of line.rows) {
    for (const side of ['bid', 'ask'] as const) {
      const quote = quoteOf(row, side);
      if (quote !== undefined)
        survey.observe(textAt(row, 'instrument_name'), quote.price, quote.amount ?? 0);
    }
  }
}

interface Timed {
  readonly instrument: Instrument;
  readonly tsUs: number;
  readonly receivedUs: number;
  readonly row: JsonObject;
}

export class BoardImporter implements LineImporter {
  readonly #survey: InstrumentSurvey;
  readonly #provenance: Provenance;
  readonly #events: MarketEvent[] = [];
  /** Listed instruments nobody quoted so far, and when they were listed. */
  readonly #unquoted = new Map<string, number>();
  readonly #quoted = new Set<string>();

  constructor(survey: InstrumentSurvey, provenance: Provenance) {
    this.#survey = survey;
    this.#provenance = provenance;
  }

  line(text: string): void {
    const line = parseBoardLine(text);
    if (line.kind === 'other') this.#provenance.leaveOut(line.what);
    else if (line.kind === 'instruments') this.#list(line.message, line.atUs);
    else {
      const events = line.rows.flatMap((row) => this.#eventsOf(row, line.atUs));
      if (this.#events.length + events.length > boardEventsMax)
        throw invalid(`more than ${boardEventsMax} events: split the board`);
      for (const event of events) this.#quoted.add(event.instrument.name);
      this.#events.push(...events);
    }
  }

  endSource(): void {
    // Lines stand for themselves.
  }

  /** Hands everything over in order of time. */
  finish(sink: EventSink): void {
    for (const [name, atUs] of this.#unquoted) {
      if (this.#quoted.has(name)) continue;
      const instrument = this.#survey.instrument(name, this.#provenance);
      this.#events.push(bookOf({ instrument, tsUs: atUs, receivedUs: atUs, row: {} }, [], []));
    }
    this.#events.sort((a, b) => a.tsUs - b.tsUs);
    for (const [at, event] of this.#events.entries())
      sink.append(event.type === 'book' ? { ...event, changeId: at + 1 } : event);
  }

  #list(message: JsonObject, atUs: number): void {
    if (atUs === 0) throw invalid('an instrument list without a time');
    const inactive = inactiveNames(message);
    for (const { name } of instrumentRowsOf(message)) {
      if (inactive.has(name)) this.#provenance.leaveOut(leftOut.inactive);
      else if (!this.#unquoted.has(name)) this.#unquoted.set(name, atUs);
    }
  }

  #eventsOf(row: JsonObject, atUs: number): MarketEvent[] {
    const name = textAt(row, 'instrument_name');
    const instrument = this.#survey.instrument(name, this.#provenance);
    const tsUs = quoteTimeUs(row, atUs);
    const timed = { instrument, tsUs, receivedUs: atUs === 0 ? tsUs : atUs, row };
    const bids = this.#levels(timed, 'bid');
    const asks = this.#levels(timed, 'ask');
    const ticker = tickerOf(timed, this.#indexOf(timed));
    if (bids.length > 0 && asks.length > 0 && (bids[0] ?? 0) >= (asks[0] ?? 0)) {
      this.#provenance.leaveOut(leftOut.tornBook);
      return [ticker];
    }
    return [bookOf(timed, bids, asks), ticker];
  }

  /** The index of a row, else the price its mark is made with; 0 when neither is there. */
  #indexOf({ instrument, row }: Timed): number {
    for (const said of [row.index_price, row.estimated_delivery_price])
      if (typeof said === 'number') return said;
    const isOption = instrument.row.kind === 'option';
    const near = numberOrNullAt(row, isOption ? 'underlying_price' : 'mark_price');
    this.#provenance.derive(
      'index',
      'the forward of an option, the mark of a future: rows without an index',
    );
    return near ?? 0;
  }

  #levels({ instrument, row }: Timed, side: 'bid' | 'ask'): FlatLevels {
    const quote = quoteOf(row, side);
    if (quote === undefined) return [];
    const ticks = stepsOfNumber(instrument.price, quote.price, `${side} price`);
    if (quote.amount === null) {
      this.#provenance.derive(
        'amount',
        'the least amount of the instrument: the board has no sizes',
      );
      return [ticks, instrument.minLots];
    }
    return [ticks, stepsOfNumber(instrument.amount, quote.amount, `${side} amount`)];
  }
}

function inactiveNames(message: JsonObject): Set<string> {
  const rows = Array.isArray(message.result) ? message.result : [];
  const names = rows
    .filter((row: unknown) => isObject(row) && row.is_active === false)
    .map((row) => String((row as JsonObject).instrument_name));
  return new Set(names);
}

function baseOf({ instrument, tsUs, receivedUs }: Timed, kind: 'book' | 'ticker') {
  const channel = `${kind}.${instrument.name}.raw`;
  return { instrument, channel, sessionEpoch: 0, tsUs, receivedUs, receivedMonotonicUs: 0 };
}

/** The change id is given at the end, in order of time. */
function bookOf(timed: Timed, bids: FlatLevels, asks: FlatLevels): BookEvent {
  const base = baseOf(timed, 'book');
  return { ...base, type: 'book', frame: 'snapshot', changeId: 0, prevChangeId: -1, bids, asks };
}

function tickerOf(timed: Timed, indexFloat: number): TickerEvent {
  const { row } = timed;
  const greeks = isObject(row.greeks) ? row.greeks : undefined;
  const underlying = numberOrNullAt(row, 'underlying_price');
  return {
    ...baseOf(timed, 'ticker'),
    type: 'ticker',
    state: row.state === 'closed' ? 'closed' : 'open',
    markFloat: numberAt(row, 'mark_price'),
    indexFloat,
    lastFloat: numberOrNullAt(row, 'last_price' in row ? 'last_price' : 'last'),
    openInterestFloat: numberOrNullAt(row, 'open_interest'),
    funding8hFloat: numberOrNullAt(row, 'funding_8h'),
    underlyingFloat: underlying,
    markIvFloat: numberOrNullAt(row, 'mark_iv'),
    greeks:
      greeks === undefined
        ? null
        : {
            deltaFloat: numberAt(greeks, 'delta'),
            gammaFloat: numberAt(greeks, 'gamma'),
            vegaFloat: numberAt(greeks, 'vega'),
            thetaFloat: numberAt(greeks, 'theta'),
          },
  };
}
