/**
 * Circuit breakers through the whole daemon: with every one of them open new risk waits, and whatever
 * reduces risk goes on; a matching engine that does not decide opens its own, and is tried with one OPEN.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { BreakerKey } from '../../../daemon/system/breakers.ts';
import { noteAnswer } from '../../../daemon/system/breakers.ts';
import { DaemonWorld, handDecision, perpetualName } from '../../fixtures/daemon-world.ts';

const breakers = suite('conformance: breakers');

const keys: readonly BreakerKey[] = ['venue_rest', 'venue_matching', 'store'];

/** Opens them all, and keeps them open against successes meanwhile. */
function openAll({ system }: DaemonWorld): void {
  for (const key of keys) {
    for (let failure = 0; failure < 12; failure += 1) system.breakers.failed(key, 'VENUE_BUSY');
  }
}

let decisions = 0;

function submit(daemon: DaemonWorld, proposal: Readonly<Record<string, unknown>>): string {
  decisions += 1;
  const decision = handDecision(`breakers ${decisions}`, daemon.world.clock.nowUs);
  const base = { instrument: perpetualName, edge: { gross_usd: 100, fee_usd: 1, slippage_usd: 0 } };
  const [leg] = daemon.system.execution.submit([{ ...base, ...proposal }], decision).legs;
  return leg?.kind === 'refused' ? `${leg.code} ${leg.gate}` : 'sent';
}

const buy = {
  class: 'OPEN',
  side: 'buy',
  quantity: '1000',
  limit_price: '80001',
  reduce_only: false,
};
const resting = { ...buy, limit_price: '79900', time_in_force: 'good_til_cancelled' };

async function traded(): Promise<DaemonWorld> {
  const daemon = new DaemonWorld();
  await daemon.start();
  await daemon.pass(1_000);
  assert.is(submit(daemon, buy), 'sent');
  assert.ok(await daemon.until(() => daemon.ledgerLots(perpetualName) === 100, 5_000));
  assert.is(submit(daemon, resting), 'sent');
  const acked = (): boolean =>
    [...daemon.system.execution.openOrders].some(({ venueOrderId }) => venueOrderId !== null);
  assert.ok(await daemon.until(acked, 5_000));
  return daemon;
}

breakers(
  'C-521 all open: OPEN is refused; cancel, close, hedge and reconciliation go on',
  async () => {
    const daemon = await traded();
    const { system } = daemon;
    openAll(daemon);
    assert.equal(
      system.breakers.all.map(({ state }) => state),
      ['open', 'open', 'open'],
    );
    assert.match(submit(daemon, buy), /TradingModeForbidsClass|RiskStateNotHealthy/);
    assert.equal(system.guard.evaluate().reasons, ['REDUCEONLY_RISKSTATE_DEGRADED']);
    assert.equal(system.guard.snapshot.riskCauses, ['EXT_CONNECTIVITY_LOSS']);
    const [open] = [...system.execution.openOrders];
    const cancel = { class: 'CANCEL', target_order_id: open?.intentId };
    assert.is(submit(daemon, cancel), 'sent');
    assert.ok(await daemon.until(() => daemon.account.openOrders.size === 0, 5_000));
    openAll(daemon);
    const sell = { side: 'sell', quantity: '500', limit_price: '79999' };
    assert.is(submit(daemon, { ...sell, class: 'CLOSE', reduce_only: true }), 'sent');
    assert.ok(await daemon.until(() => daemon.ledgerLots(perpetualName) === 50, 5_000));
    openAll(daemon);
    const hedge = { ...sell, class: 'HEDGE', quantity: '300', reduce_only: true };
    assert.is(submit(daemon, hedge), 'sent');
    assert.ok(await daemon.until(() => daemon.ledgerLots(perpetualName) === 20, 5_000));
    openAll(daemon);
    const provenUs = system.reconciliation.provenAtUs ?? 0;
    system.requestReconcile('test');
    const again = (): boolean => (system.reconciliation.provenAtUs ?? 0) > provenUs;
    assert.ok(await daemon.until(again, 2_000), 'reads that prove state ask no breaker');
  },
);

breakers('C-521 all open: a kill clears and flattens as ever', async () => {
  const daemon = await traded();
  openAll(daemon);
  daemon.system.guard.kill('test', { flatten: true });
  const flat = (): boolean =>
    daemon.account.openOrders.size === 0 && daemon.venueLots(perpetualName) === 0;
  assert.ok(await daemon.until(flat, 10_000));
});

breakers(
  'all open: the venue is still asked how it is, and our clock is still measured',
  async () => {
    const daemon = await traded();
    const { venue } = daemon.system;
    for (let minute = 0; minute < 3; minute += 1) {
      openAll(daemon);
      await daemon.pass(30_000);
      openAll(daemon);
      await daemon.pass(30_000);
      assert.ok(venue.health().polledAgeMs <= 60_000);
      assert.ok(venue.health().announcementsAgeMs <= 60_000);
    }
  },
);

breakers(
  'an engine that answers again is tried with one OPEN; its answer closes the breaker',
  async () => {
    const daemon = await traded();
    const { system } = daemon;
    for (let failure = 0; failure < 5; failure += 1)
      noteAnswer(system.breakers, { kind: 'unknown', cause: 'no answer' });
    assert.is(system.breakers.view('venue_matching').state, 'open');
    await daemon.pass(8_000);
    assert.is(system.breakers.view('venue_matching').state, 'half_open');
    await daemon.untilActive();
    assert.is(submit(daemon, buy), 'sent', 'the probe');
    assert.match(submit(daemon, buy), /RiskStateNotHealthy/, 'one, not two');
    const closed = (): boolean => system.breakers.view('venue_matching').state === 'closed';
    assert.ok(await daemon.until(closed, 5_000));
    assert.is(submit(daemon, buy), 'sent');
  },
);

breakers(
  'what the engine decides is no failure, whatever it decides; what never left is nothing',
  async () => {
    const daemon = new DaemonWorld();
    await daemon.start();
    const { breakers: board } = daemon.system;
    const failuresAfter = (code: number): number => {
      noteAnswer(board, { kind: 'refused', code, message: 'said' });
      return board.view('venue_matching').failures;
    };
    assert.is(failuresAfter(11_054), 0, 'post-only refused');
    assert.is(failuresAfter(10_009), 0, 'no funds');
    assert.is(failuresAfter(0), 0, 'never left');
    assert.is(failuresAfter(10_047), 1, 'its queue is full');
    assert.is(failuresAfter(11_051), 2, 'maintenance');
  },
);

breakers.run();
