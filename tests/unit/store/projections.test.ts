import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { encodeBatch, storeTables, tablesOfType } from '../../../actors/evidence/store/index.ts';
import { migrations } from '../../../actors/evidence/store/migrations.ts';
import { encodeFact } from '../../../streams/facts/envelope.ts';
import { factSchemas } from '../../../streams/facts/registry.ts';
import { fillPayload, sampleFact, tradeFact } from '../../fixtures/store/facts.ts';
import { linesOf, type Row } from '../../fixtures/store/memory-database.ts';

const projections = suite('store projections');
const clock = { soon: (fn: () => void) => fn() };

async function rowsOf(facts: readonly ReturnType<typeof tradeFact>[]): Promise<Map<string, Row[]>> {
  const records = facts.map((fact, offset) => ({ offset, bytes: encodeFact(fact) }));
  const batch = await encodeBatch(records, { clock, sourceId: 'journal-1', stream: 'ledger' });
  assert.equal(batch.unreadable, []);
  return new Map(
    batch.tables.map((table) => [
      table.table,
      linesOf({ ...table, token: '' }).map((line) => {
        const values = JSON.parse(line) as unknown[];
        return Object.fromEntries(table.columns.map((name, index) => [name, values[index]]));
      }),
    ]),
  );
}

projections('every registered fact is written to facts, and most to a table of their own', () => {
  const types = Object.keys(factSchemas);
  assert.ok(types.length >= 15, 'the registry was read');
  for (const type of types) assert.ok(tablesOfType(type).includes('facts'), type);
  const own = (type: string): readonly string[] =>
    tablesOfType(type).filter((name) => name !== 'facts');
  assert.equal(own('order.intent'), ['intents']);
  assert.equal(own('order.transition'), ['order_transitions']);
  assert.equal(own('fill.recorded'), ['fills']);
  assert.equal(own('capsule.recorded'), ['truth_capsules']);
  assert.equal(own('snapshot.recorded'), ['decision_snapshots']);
  assert.equal(own('attribution.recorded'), ['attributions']);
  assert.equal(own('decision.suppressed'), ['no_trade_traces']);
  assert.equal(own('gate.receipts'), ['admission_receipts']);
  assert.equal(own('runner.transition'), ['runner_events']);
  assert.equal(own('mode.changed'), ['mode_transitions']);
});

projections('a type nobody knows is still written to facts, with its payload', async () => {
  const rows = await rowsOf([sampleFact('something.new', 7, { answer: 42 }, 3)]);
  assert.equal([...rows.keys()], ['facts']);
  const row = rows.get('facts')?.[0];
  assert.is(row?.event_type, 'something.new');
  assert.is(row?.schema_version, 3);
  assert.is(row?.payload, '{"answer":42}');
});

projections('a fill keeps exact numbers, its time to the microsecond, and its place', async () => {
  const rows = await rowsOf([tradeFact(0), sampleFact('fill.recorded', 1, fillPayload(1))]);
  const row = rows.get('fills')?.[0];
  assert.is(row?.ts_utc, '2024-08-08 00:00:00.001001');
  assert.is(row?.trade_seq, Number.MAX_SAFE_INTEGER - 1);
  assert.is(row?.amount, '0.000000000001');
  assert.is(row?.fee, '-0.00000123');
  assert.is(row?.index_price_float, null);
  assert.is(row?.offset, 1);
  assert.is(row?.source_id, 'journal-1');
  assert.is(row?.stream, 'ledger');
});

projections('a book change stays out of book_snapshots, a snapshot gets in', async () => {
  const book = { instrument: 'X', bids: [['10.5', '3']], asks: [], change_id: 5 };
  const rows = await rowsOf([
    sampleFact('market.book', 1, { ...book, frame: 'change' }),
    sampleFact('market.book', 2, { ...book, frame: 'snapshot' }),
  ]);
  assert.is(rows.get('facts')?.length, 2);
  const snapshots = rows.get('book_snapshots') ?? [];
  assert.is(snapshots.length, 1);
  assert.is(snapshots[0]?.best_bid_price, '10.5');
  assert.is(snapshots[0]?.best_ask_price, null);
  assert.equal(snapshots[0]?.bid_amounts, ['3']);
});

/** Names of the fields at the top of the payloads a table takes; undefined: none declared yet. */
function payloadKeys(takes: readonly string[]): Set<string> | undefined {
  const matches = (pattern: string, type: string): boolean =>
    pattern === type || (pattern.endsWith('.*') && type.startsWith(pattern.slice(0, -1)));
  const keys = new Set<string>();
  for (const pattern of takes) {
    const types = Object.keys(factSchemas).filter((type) => matches(pattern, type));
    if (types.length === 0 && !pattern.endsWith('.*')) return undefined;
    for (const type of types) {
      const schema = factSchemas[type]?.schema;
      if (schema instanceof z.ZodObject) for (const key of Object.keys(schema.shape)) keys.add(key);
    }
  }
  return keys.size === 0 ? undefined : keys;
}

/** Filled by later stages of the same fact; null until then. */
const awaited = new Set(['attributions.decomposition', 'no_trade_traces.would_have_traded']);

projections('every column reads a field that its facts declare', () => {
  let compared = 0;
  const missing = storeTables.flatMap((table) => {
    const keys = payloadKeys(table.takes);
    if (keys === undefined) return [];
    compared += 1;
    return table.columns
      .filter(({ path }) => path !== undefined && !keys.has(path.split('.')[0] ?? ''))
      .map((column) => `${table.name}.${column.name}`)
      .filter((name) => !awaited.has(name));
  });
  assert.ok(compared >= 8, 'tables were compared');
  assert.equal(missing, []);
});

projections('every table ends its order with the identity, so replacing is by event', () => {
  for (const { name, orderBy, columns } of storeTables) {
    assert.equal(orderBy.slice(-2), ['source_id', 'event_id'], name);
    const names = columns.map((column) => column.name);
    assert.is(new Set(names).size, names.length, `${name} has a column twice`);
    for (const key of orderBy) assert.ok(names.includes(key), `${name}.${key}`);
  }
});

projections('a released migration never changes its text, and every column has one', () => {
  assert.equal(
    migrations.map(({ version, checksum }) => [version, checksum]),
    [
      [1, 'c2024fb2806dfad542f0902842bba2421869180fba6ccedcaef57e83580748fd'],
      [2, '6deed6f877ead98b212befdec83b2d9bd57f699206209993521ab62b555a6a9d'],
      [3, '09091a0f0e556a99dd7c738f87db216203da81dc5c0872b52ce5375267b10f1f'],
    ],
  );
  const versions = new Set(migrations.map(({ version }) => version));
  for (const { name, since, columns } of storeTables) {
    assert.ok(versions.has(since), name);
    for (const column of columns) assert.ok(versions.has(column.since), `${name}.${column.name}`);
  }
});

projections(
  'an adopted trade stands among the fills, marked, and is a fact of governance',
  async () => {
    const payload = {
      trade_id: 't',
      amount: '1',
      adoption_id: 'a',
      origin: 'operator',
      role: 'owner',
    };
    const rows = await rowsOf([
      sampleFact('trade.adopted', 1, payload),
      sampleFact('order.adopted', 2, { order_id: 'o' }),
      sampleFact('order.adopted_ended', 3, { order_id: 'o' }),
    ]);
    const [fill, ...more] = rows.get('fills') ?? [];
    assert.equal(more, []);
    assert.equal([fill?.trade_id, fill?.intent_id, fill?.origin], ['t', '', 'operator']);
    assert.equal([fill?.adoption_id, fill?.role], ['a', 'owner']);
    assert.is(rows.get('governance_facts')?.length, 3);
  },
);

projections('a shadow row keeps its parts of profit, its penalty and its slippage', async () => {
  const parts = { delta_usd_float: 5, total_usd_float: 6, greeks: { delta_float: 0.5 } };
  const payload = { mode: 'shadow', decomposition: parts, realism_penalty_float: 1.3 };
  const missed = { intent_id: 'i', horizon_ms: 10_000, opportunity_usd_float: -1.5 };
  const rows = await rowsOf([
    sampleFact('attribution.recorded', 1, payload, 3),
    sampleFact('markout.recorded', 2, missed),
  ]);
  const row = rows.get('attributions')?.[0];
  assert.is(row?.pnl_delta_usd_float, 5);
  assert.is(row?.pnl_total_usd_float, 6);
  assert.is(row?.pnl_vega_usd_float, null);
  assert.is(row?.delta_float, 0.5);
  assert.is(row?.realism_penalty_float, 1.3);
  const markout = rows.get('markouts')?.[0];
  assert.is(markout?.horizon_ms, 10_000);
  assert.is(markout?.opportunity_usd_float, -1.5);
});

projections.run();
