/** `holdfast explain <id>`: what was seen, decided, checked, sent or refused, filled, and what it cost. */
import type { DecisionSuppressedPayload } from '../../streams/facts/schemas/execution.ts';
import { type Explanation, explain, type IntentChain, type Seen } from '../explain/chain.ts';
import { searchJournal } from '../explain/search.ts';
import { existingJournal, type JournalPlace } from './journal.ts';
import { startProgress } from './progress.ts';
import {
  type CommandEnvironment,
  paint,
  printJson,
  renderTable,
  type Terminal,
} from './terminal.ts';

/** Characters of a hash that people compare. */
const shortCharacters = 16;
const levelsShown = 3;
const bpsDigits = 2;
const usdDigits = 4;

type Rows = Array<[name: string, value: string]>;

function short(text: string): string {
  return text.length > shortCharacters * 2 ? text.slice(0, shortCharacters) : text;
}

function number(value: number | null, digits: number, unit: string): string {
  return value === null ? 'unknown' : `${value.toFixed(digits)} ${unit}`;
}

function section(terminal: Terminal, title: string, rows: Rows): void {
  terminal.out(paint.bold(title));
  for (const [name, value] of rows) terminal.out(`  ${name.padEnd(18)} ${value}`);
}

function showSeen(terminal: Terminal, { digest, input_event_id, instruments }: Seen): void {
  const levels = (side: ReadonlyArray<readonly [string, string]>): string =>
    side
      .slice(0, levelsShown)
      .map(([price, amount]) => `${amount} at ${price}`)
      .join(', ') || 'empty';
  section(terminal, 'seen', [
    ['input event', short(input_event_id)],
    ['snapshot digest', short(digest)],
  ]);
  for (const seen of instruments) {
    section(terminal, `  ${seen.instrument}`, [
      ['bids', levels(seen.bids)],
      ['asks', levels(seen.asks)],
      [
        'mark, index',
        `${seen.mark_price_float ?? 'unknown'}, ${seen.index_price_float ?? 'unknown'}`,
      ],
      [
        'book age',
        `${seen.book_age_ms} ms, change ${seen.book_change_id}, ${seen.book_valid ? 'whole' : 'broken'}`,
      ],
    ]);
  }
}

function decidedRows({ decided, capsule }: IntentChain): Rows {
  if (decided === null) return [];
  const { side, instrument, limit_price, time_in_force } = decided;
  const quantity = `${decided.qty_usd ?? decided.qty_coin} ${decided.qty_usd === null ? 'coin' : 'USD'}`;
  return [
    ['strategy', `${decided.strategy_id}, ${decided.reason_codes.join(', ') || 'no reason given'}`],
    [
      'order',
      `${decided.class} ${side} ${quantity} ${instrument} at ${limit_price}, ${time_in_force}`,
    ],
    ['label', decided.label],
    ['fair price', String(capsule?.fair_price_float ?? 'unknown')],
    ['mode', capsule?.mode ?? 'unknown'],
    ['gates passed', capsule?.gates_passed.join(', ') ?? 'unknown'],
  ];
}

function refusedRows(refused: DecisionSuppressedPayload): Rows {
  const facts = Object.entries(refused.facts);
  return [
    ['code', paint.red(refused.code)],
    ['gate', refused.gate],
    ['order', `${refused.class} ${refused.instrument ?? ''}, ${refused.strategy_id}`],
    ['mode', `${refused.mode} ${refused.mode_reasons.join(', ')}`.trim()],
    ...facts.map(([name, value]): [string, string] => [name, String(value)]),
  ];
}

function showIntent(terminal: Terminal, chain: IntentChain): void {
  const { decided, refused, sent, fills, cost, states } = chain;
  terminal.out(`${paint.bold('intent')} ${chain.intent_id}  ${paint.bold(chain.outcome)}`);
  if (decided !== null) section(terminal, 'decided', decidedRows(chain));
  if (refused !== null) section(terminal, 'refused', refusedRows(refused));
  if (states.length > 0) {
    const order = sent?.venue_order_id ?? 'the venue named no order';
    section(terminal, sent === null ? 'not sent' : 'sent', [
      ...(sent === null ? [] : [['order id', order] as [string, string]]),
      ...states.map(({ at_utc, to, event, cause, anomaly }): [string, string] => [
        at_utc.slice(11, 26),
        [to, `(${event})`, cause, anomaly].filter((part) => part !== null).join(' '),
      ]),
    ]);
  }
  if (fills.length > 0) {
    section(
      terminal,
      'filled',
      fills.map((fill): [string, string] => [
        `trade ${fill.trade_id}`,
        `${fill.side} ${fill.amount} at ${fill.price}, ${fill.liquidity}, fee ${fill.fee} ${fill.fee_currency}`,
      ]),
    );
  }
  if (cost !== null) {
    section(terminal, 'cost', [
      ['fees', number(cost.fees_usd_float, usdDigits, 'USD')],
      [
        'slippage',
        `${number(cost.slippage_fair_bps_float, bpsDigits, 'bps')} against fair, ${number(cost.predicted_slippage_bps_float, bpsDigits, 'bps')} predicted`,
      ],
      ['net edge', number(cost.net_edge_usd_float, usdDigits, 'USD')],
    ]);
  }
}

function showAll(terminal: Terminal, explanation: Explanation): void {
  const { kind, id, seen, intents, refusals, timeline, trace_ids, run_ids } = explanation;
  section(terminal, `${kind} ${id}`, [
    ['trace', trace_ids.join(', ')],
    ['run', run_ids.join(', ')],
  ]);
  for (const each of seen) showSeen(terminal, each);
  for (const chain of intents) showIntent(terminal, chain);
  for (const refused of refusals) section(terminal, 'refused', refusedRows(refused));
  terminal.out(
    renderTable(
      ['recorded', 'where', 'fact', 'what'],
      timeline.map(({ at_utc, stream, offset, event_type, what }) => [
        at_utc.slice(11, 26),
        `${stream} ${offset}`,
        event_type,
        what,
      ]),
    ),
  );
}

/** Rejects with NOT_FOUND for an id no record has, USAGE for a beginning that fits several. */
export function explainCommand(
  environment: CommandEnvironment,
  place: JournalPlace,
  id: string,
): number {
  const { ports, terminal, json } = environment;
  const directory = existingJournal(ports.disk, place);
  const progress = startProgress(terminal, 'searching', 'records');
  const found = searchJournal(ports.disk, directory, id, (done, total, stream) =>
    progress.update(done, total, stream),
  );
  progress.stop();
  const explanation = explain(found);
  if (json) printJson(terminal, explanation);
  else showAll(terminal, explanation);
  return 0;
}
