import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type ReplayTarget, replayLedger } from '../../../actors/execution/replay.ts';
import { factSchemas } from '../../../streams/facts/registry.ts';
import type { FactSchemaTable } from '../../../streams/facts/schemas/schema-table.ts';
import {
  decisionOf,
  openProposal,
  type Room,
  venueTradeOf,
  withRoom,
} from '../../fixtures/execution-room.ts';
import { hasCode } from '../../fixtures/facts/errors.ts';

const versions = suite('ledger facts of older versions');

/** A ledger with one fill, as version 1 wrote it. */
function filled(room: Room): void {
  room.execution.submit([openProposal()], decisionOf());
  room.execution.onVenueTrade(venueTradeOf(room, 0, 'trade-1', 40));
}

interface Seen {
  readonly fills: (readonly [id: string, lots: number, index: number | null])[];
  readonly orders: string[];
}

function replayed(room: Room, table?: FactSchemaTable): Seen {
  const seen: Seen = { fills: [], orders: [] };
  const target: ReplayTarget = {
    addOrder: (order) => seen.orders.push(order.intent.intentId),
    group: () => undefined,
    orderOf: () => undefined,
    restore: () => undefined,
    trade: (id, fill) => seen.fills.push([id, fill.lots, fill.indexFloat]),
    adopted: {
      trade: () => undefined,
      order: () => undefined,
      orderEnded: () => undefined,
      position: () => undefined,
    },
    deliver: () => undefined,
    learn: () => undefined,
  };
  replayLedger({ stream: room.ledger, knowsInstrument: () => undefined }, target, table);
  return seen;
}

/** `fill.recorded` as it would be after a change: the past is lifted, nothing else is touched. */
function later(version: number): FactSchemaTable {
  const row = factSchemas['fill.recorded'];
  if (row === undefined) throw new Error('no such fact');
  const marked = {
    ...row,
    version,
    upcasters: [(v1: object) => ({ ...v1, index_price_float: 7 })],
  };
  return { ...factSchemas, 'fill.recorded': marked };
}

versions('one type moves to version 2: its old facts are lifted, the others are read as ever', () =>
  withRoom((room) => {
    filled(room);
    const now = replayed(room);
    assert.equal(now.fills, [['trade-1', 40, 100_000]]);
    const then = replayed(room, later(2));
    assert.equal(then.fills, [['trade-1', 40, 7]]);
    assert.equal(then.orders, now.orders);
    assert.is(then.orders.length, 1);
  }),
);

versions('a fact of a version nobody knows is refused, not read as today’s', () =>
  withRoom((room) => {
    filled(room);
    const at = room.ledger.durable.findIndex((bytes) => bytes.includes('"fill.recorded"'));
    const text = room.ledger.durable[at]?.toString('utf8') ?? '';
    room.ledger.durable[at] = Buffer.from(
      text.replace('"schema_version":1,', '"schema_version":2,'),
    );
    assert.throws(() => replayed(room), hasCode('SCHEMA_INVALID'));
  }),
);

versions.run();
