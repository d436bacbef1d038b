/**
 * Operator adoption with real processes over real sockets: somebody else trades in our account, the
 * venue liquidates, the daemon is killed in between; an owner names what is there and trading goes on.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { StatusV1 } from '../../../daemon/http/status-schema.ts';
import { problemOf } from '../../fixtures/system/ask.ts';
import { runCommand, until, withDirectory } from '../../fixtures/system/commands-run.ts';
import { ownerToken } from '../../fixtures/system/profile-files.ts';
import { asOwner } from '../../fixtures/system/venue-orders.ts';
import { crosser, quotes } from '../../prove/phase2/trial-policy.ts';
import { type TrialOptions, type TrialSystem, withTrial } from '../../prove/phase2/trial-system.ts';

const adoption = suite('operator adoption');

const eth = 'ETH-PERPETUAL';
const adoptPath = 'control/reconcile/adopt';
type Named = StatusV1['reconciliation']['adoptable'];

function onTrial(options: TrialOptions, work: (system: TrialSystem) => Promise<void>) {
  return withDirectory((directory) =>
    withTrial(directory, options, async (system) => {
      await system.untilActive();
      await work(system);
    }),
  );
}

/** As the status names it: what a command has to say. */
function bodyOf({ reconciliation }: StatusV1, adoptable: Named = reconciliation.adoptable) {
  const of = (kind: Named[number]['kind']) => adoptable.filter((one) => one.kind === kind);
  return {
    account: reconciliation.account,
    reason: 'seen at the venue',
    trades: of('trade').map(({ instrument, id }) => ({ instrument, trade_id: id })),
    orders: of('order').map(({ instrument, id }) => ({ instrument, order_id: id })),
    positions: of('position').map(({ instrument, amount }) => ({ instrument, amount })),
  };
}

function untilAdoptable(system: TrialSystem, kind: string): Promise<StatusV1> {
  return system.untilStatus(
    ({ reconciliation }) => reconciliation.adoptable.some((one) => one.kind === kind),
    `a ${kind} to adopt`,
  );
}

/** Trades by another client of the same account, and no private channel says so. */
async function tradeUnseen(system: TrialSystem): Promise<string[]> {
  const byHand = await asOwner(system.venue.address);
  await system.trip('missing_fill', { instrument: eth, count: 20 }, 5);
  const order = { instrument_name: eth, amount: 100, type: 'market' };
  const { trades } = (await byHand('private/buy', order)) as {
    trades: ReadonlyArray<{ trade_id: string }>;
  };
  return trades.map(({ trade_id }) => trade_id);
}

function amountOf(status: StatusV1 | undefined, instrument: string): string {
  return status?.positions.find((row) => row.instrument === instrument)?.amount ?? '0';
}

async function restarted(system: TrialSystem): Promise<void> {
  system.daemon.kill();
  await system.daemon.closed;
  system.startDaemon();
}

adoption('a manual trade that the stream did not tell: latched over a kill -9, then adopted', () =>
  onTrial({ strategies: [quotes('BTC-PERPETUAL')] }, async (system) => {
    // A ledger that is empty is born at each start, and what was before it has no trades to name.
    await until(() => system.facts('ledger').length > 0 || undefined, 'the ledger to begin');
    const traded = await tradeUnseen(system);
    const latched = await untilAdoptable(system, 'trade');
    const shown = new Set(latched.reconciliation.adoptable.map(({ id }) => id));
    assert.equal(shown, new Set(traded));
    assert.is(latched.trading_mode, 'ReduceOnly');
    assert.is(amountOf(latched, eth), '0', 'nothing is booked by itself');
    const manual = latched.owner_view.codes.filter(({ clears }) => clears === 'MANUAL');
    assert.ok(manual.some(({ condition }) => condition.includes('holdfast adopt')));

    await restarted(system);
    const again = await untilAdoptable(system, 'trade');
    assert.is(amountOf(again, eth), '0');

    const body = bodyOf(again);
    const supervisor = await system.command(adoptPath, body);
    assert.is(problemOf(supervisor).error_code, 'FORBIDDEN');
    const wrong = { ...body, trades: [...body.trades, { instrument: eth, trade_id: 'ETH-1' }] };
    const refused = await system.command(adoptPath, wrong, 'owner');
    assert.is(refused.status, 409);
    assert.match(problemOf(refused).detail, 'ETH-1');
    assert.is(amountOf(await system.status(), eth), '0', 'refused whole');

    const cli = await runCommand(
      system.directory,
      [
        'adopt',
        '--account',
        body.account,
        '--reason',
        'by hand',
        ...body.trades.flatMap(({ trade_id }) => ['--trade', `${eth}/${trade_id}`]),
      ],
      { HOLDFAST_TOKEN: ownerToken },
    );
    assert.is(cli.exitCode, 0, cli.err);
    const active = await system.untilActive();
    assert.is(amountOf(active, eth), '100');
    assert.equal(active.reconciliation.adoptable, []);

    const facts = system.facts('ledger');
    const adopted = facts.filter(({ event_type }) => event_type === 'trade.adopted');
    assert.is(adopted.length, traded.length);
    assert.ok(adopted.every(({ payload }) => traded.includes(String(payload.trade_id))));
    assert.ok(adopted.every(({ payload }) => payload.origin === 'operator'));
    const ids = new Set(traded);
    const filled = facts.filter(({ event_type }) => event_type === 'fill.recorded');
    assert.not.ok(filled.some(({ payload }) => ids.has(String(payload.trade_id))));
    const command = system
      .facts('control')
      .findLast(({ payload }) => payload.command === 'control.reconcile.adopt');
    assert.is(command?.payload.accepted, true);
    for (const id of traded) assert.match(String(command?.payload.outcome), id);

    await restarted(system);
    await system.untilActive();
    assert.is(amountOf(await system.status(), eth), '100', 'the next life holds the same');
  }),
);

adoption(
  'an open order of another client: latched, adopted, killed, and over when it is gone',
  () =>
    onTrial({ strategies: [] }, async (system) => {
      const byHand = await asOwner(system.venue.address);
      const { order } = (await byHand('private/buy', {
        instrument_name: eth,
        amount: 100,
        type: 'limit',
        price: 100,
        label: 'by-hand',
      })) as { order: { order_id: string } };
      const latched = await untilAdoptable(system, 'order');
      assert.is(latched.trading_mode, 'ReduceOnly');
      const listed = await runCommand(system.directory, ['adopt']);
      assert.match(listed.out, `--order ${eth}/${order.order_id}`);
      const key = { 'idempotency-key': 'once' };
      const body = bodyOf(latched);
      const answer = await system.command(adoptPath, body, 'owner', key);
      assert.is(answer.status, 200, answer.text);
      await system.untilActive();

      await restarted(system);
      // Answered by the next life as the first one did, and carried out once.
      await system.untilActive();
      const repeated = await system.command(adoptPath, body, 'owner', key);
      assert.equal(repeated.json, answer.json);
      assert.is((await system.status())?.reconciliation.adopted_orders, 1);
      await byHand('private/cancel', { order_id: order.order_id });
      await system.untilStatus(
        ({ reconciliation }) => reconciliation.adopted_orders === 0,
        'the order to be over',
      );
      const facts = system.facts('ledger');
      const ended = facts.filter(({ event_type }) => event_type === 'order.adopted_ended');
      assert.equal(
        ended.map(({ payload }) => payload.order_id),
        [order.order_id],
      );
      const adopted = facts.filter(({ event_type }) => event_type === 'order.adopted');
      assert.is(adopted.length, 1);
    }),
);

adoption('a liquidation nobody told of: killed for margin, adopted, restored', () =>
  onTrial({ strategies: [crosser] }, async (system) => {
    await system.untilHeld(({ exposureUsd }) => exposureUsd > 0, 'something to be held');
    await system.trip('missing_fill', { count: 1_000 }, 6);
    await system.trip('margin_call', { currency: 'BTC' }, 5);
    await untilAdoptable(system, 'trade');
    const deadlineMs = performance.now() + 90_000;
    let status = await system.status();
    while (status?.trading_mode !== 'Active' && performance.now() < deadlineMs) {
      if ((status?.reconciliation.adoptable_count ?? 0) > 0 && status !== undefined)
        await system.command(adoptPath, bodyOf(status), 'owner');
      if (status?.mode_floor === 'Kill') await system.restore('Kill');
      await new Promise((resolve) => setTimeout(resolve, 500));
      status = await system.status();
    }
    assert.is(status?.trading_mode, 'Active', status?.mode_reasons.join());
    const adopted = system
      .facts('ledger')
      .filter(({ event_type }) => event_type === 'trade.adopted');
    assert.ok(adopted.length > 0);
  }),
);

adoption.run();
