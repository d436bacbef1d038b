/** Everything a whole daemon writes, in every stream, through a fill, a restriction and a restart. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { canonicalJson } from '../../../streams/facts/hash.ts';
import { parseFact } from '../../../streams/facts/registry.ts';
import { DaemonWorld, handDecision, perpetualName } from '../../fixtures/daemon-world.ts';

const journalFacts = suite('facts in the journal');
const streams = ['ledger', 'traffic', 'control', 'audit'] as const;

function buy(world: DaemonWorld, name: string): void {
  const intent = {
    class: 'OPEN',
    instrument: perpetualName,
    side: 'buy',
    quantity: 100,
    limit_price: 80_010,
    order_type: 'limit',
    time_in_force: 'immediate_or_cancel',
    edge: { gross_usd: 50, fee_usd: 1, slippage_usd: 0 },
  };
  world.system.execution.submit([intent], handDecision(name, world.world.clock.nowUs));
}

journalFacts(
  'each one is valid, in canonical bytes, and its identity is written once',
  async () => {
    const world = new DaemonWorld();
    await world.start();
    buy(world, 'one');
    const isFilled = await world.until(() => world.ledgerLots(perpetualName) === 10, 5_000);
    assert.ok(isFilled, 'the order filled');
    world.system.guard.emergencyReduceOnly('test');
    buy(world, 'refused');
    await world.pass(3_000);
    await world.world.clock.runWhile(world.system.stop('restart', 2_000));
    await world.boot();
    await world.pass(3_000);
    const types = new Map<string, number>();
    const events = new Map<string, string>();
    for (const name of streams) {
      for (const { bytes } of world.system.journal.stream(name).read(0)) {
        const text = Buffer.from(bytes).toString('utf8');
        const fact = parseFact(bytes);
        assert.is(text, canonicalJson(JSON.parse(text)), fact.event_type);
        assert.not.ok(events.has(fact.event_id), `${fact.event_type} twice`);
        events.set(fact.event_id, fact.event_type);
        types.set(fact.event_type, (types.get(fact.event_type) ?? 0) + 1);
      }
    }
    for (const type of [
      'instrument.recorded',
      'order.intent',
      'order.transition',
      'fill.recorded',
      'snapshot.recorded',
      'capsule.recorded',
      'attribution.recorded',
      'decision.suppressed',
      'market.book',
      'market.ticker',
      'gate.receipts',
      'mode.changed',
      'latch.changed',
      'emergency.changed',
      'reconcile.finished',
    ]) {
      assert.ok((types.get(type) ?? 0) > 0, `${type} was written`);
    }
    assert.is(types.get('order.intent'), 1);
    assert.is(types.get('fill.recorded'), 1);
  },
);

journalFacts.run();
