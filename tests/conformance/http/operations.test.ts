/** `/api/system`, `/api/scheduler`, `/api/accounts`, `/api/diagnostics` of the whole daemon: each says what is so. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  accountsSchema,
  diagnosticsSchema,
  schedulerSchema,
  systemStatusSchema,
} from '../../../daemon/http/operations-schema.ts';
import { ErrorRing } from '../../../daemon/system/error-ring.ts';
import { operationsSource } from '../../../daemon/system/operations-source.ts';
import { openBuy } from '../../fixtures/daemon-proposals.ts';
import { DaemonWorld, handDecision, perpetualName } from '../../fixtures/daemon-world.ts';

const operations = suite('conformance: operations');
const traceId = 'd'.repeat(32);

async function started() {
  const daemon = new DaemonWorld();
  await daemon.start();
  await daemon.pass(6_000);
  const { system } = daemon;
  const { clock } = daemon.node.ports;
  const errors = new ErrorRing(clock);
  const store = () => ({ kind: 'none', view: undefined });
  const startedUs = clock.monotonicUs();
  const source = operationsSource({ system, buildId: 'test', startedUs, store, errors });
  return { daemon, system, errors, source };
}

type Bench = Awaited<ReturnType<typeof started>>;

/** Strict schemas: a key too many or too few throws. */
const said = {
  system: ({ source }: Bench) => systemStatusSchema.parse(source.system(traceId)),
  scheduler: ({ source }: Bench) => schedulerSchema.parse(source.scheduler(traceId)),
  account: ({ source }: Bench) => {
    const [account] = accountsSchema.parse(source.accounts(traceId)).accounts;
    assert.ok(account !== undefined);
    return account as NonNullable<typeof account>;
  },
  diagnostics: ({ source }: Bench) => diagnosticsSchema.parse(source.diagnostics(traceId)),
};

function submit({ daemon, system }: Bench, name: string, own: object): void {
  const edge = { gross_usd: 100, fee_usd: 1, slippage_usd: 0 };
  const proposal = { ...openBuy, edge, ...own };
  const decision = handDecision(name, daemon.world.clock.nowUs);
  assert.is(system.execution.submit([proposal], decision).sent, 1);
}

operations(
  'Active and well is OK; a breaker makes it DEGRADED, a restriction BLOCKED',
  async () => {
    const bench = await started();
    const well = said.system(bench);
    assert.equal([well.system_status, well.autonomy_allowed], ['OK', true]);
    assert.equal([well.blockers, well.degraded], [[], []]);
    assert.is(well.trace_id, traceId);
    for (let failure = 0; failure < 5; failure += 1)
      bench.system.breakers.failed('store', 'DISK_FULL');
    const degraded = said.system(bench);
    assert.equal([degraded.system_status, degraded.autonomy_allowed], ['DEGRADED', true]);
    assert.equal(
      degraded.degraded.map(({ code }) => code),
      ['CIRCUIT_OPEN'],
    );
    assert.is(degraded.scheduler.circuit_breakers_open, 1);
    bench.system.guard.reduceOnly('test');
    const blocked = said.system(bench);
    assert.equal([blocked.system_status, blocked.autonomy_allowed], ['BLOCKED', false]);
    const [blocker] = blocked.blockers;
    assert.is(blocker?.code, 'OPS_OPERATOR_ACTION');
    assert.match(blocker?.suggested_fix ?? '', /operator_reduce_only/);
  },
);

operations(
  'loops show their ticks, a breaker its probe, and a loop that stands is late',
  async () => {
    const bench = await started();
    const { loops, breakers, active } = said.scheduler(bench);
    assert.is(active, true);
    const guard = loops.find(({ name }) => name === 'guard');
    assert.is(guard?.interval_ms, 100);
    assert.ok((guard?.ticks ?? 0) > 50);
    for (const name of ['policy', 'venue', 'monitor evidence', 'monitor disk use', 'own impact'])
      assert.ok(
        loops.some((loop) => loop.name === name),
        name,
      );
    assert.equal(
      breakers.map(({ key, state, next_probe_at }) => [key, state, next_probe_at]),
      [
        ['venue_rest', 'closed', null],
        ['venue_matching', 'closed', null],
        ['store', 'closed', null],
      ],
    );
    for (let failure = 0; failure < 10; failure += 1)
      bench.system.breakers.failed('venue_rest', 'NETWORK_TIMEOUT');
    const [open] = said.scheduler(bench).breakers;
    assert.equal([open?.state, open?.last_error_code], ['open', 'NETWORK_TIMEOUT']);
    const nowMs = bench.daemon.world.clock.nowUs / 1_000;
    const waitMs = Date.parse(open?.next_probe_at ?? '') - nowMs;
    assert.ok(waitMs > 900 && waitMs < 3_100, `${waitMs} ms`);
    bench.system.guard.stop();
    assert.not.ok(
      said.scheduler(bench).loops.some(({ name }) => name === 'guard'),
      'stopped is gone',
    );
  },
);

operations('the account shows what it holds and how far each limit is', async () => {
  const bench = await started();
  const { daemon } = bench;
  submit(bench, 'fills', {});
  assert.ok(await daemon.until(() => daemon.ledgerLots(perpetualName) === 100, 5_000));
  const resting = { limit_price: '79900', time_in_force: 'good_til_cancelled' };
  submit(bench, 'rests', resting);
  assert.ok(await daemon.until(() => daemon.account.openOrders.size === 1, 5_000));
  await daemon.pass(6_000);
  const account = said.account(bench);
  assert.equal(
    account.positions.map(({ instrument, amount, unit }) => [instrument, amount, unit]),
    [[perpetualName, '1000', 'usd']],
  );
  assert.equal(
    account.orders.map(({ amount, limit_price, side, reduce_only }) => [
      amount,
      limit_price,
      side,
      reduce_only,
    ]),
    [['1000', '79900', 'buy', false]],
  );
  const position = account.limits.find(({ limit }) => limit === 'max_position_usd');
  assert.equal(position, {
    limit: 'max_position_usd',
    scope: perpetualName,
    unit: 'usd',
    max: 60_000,
    current_float: 2_000,
    distance_float: 58_000,
  });
  const delta = account.limits.find(({ limit }) => limit === 'max_position_delta_usd');
  assert.equal([delta?.scope, Math.round(delta?.current_float ?? 0)], ['BTC', 2_000]);
  const orders = account.limits.find(({ limit }) => limit === 'open_orders_max');
  assert.equal([orders?.current_float, orders?.distance_float], [1, 49]);
  const bitcoin = account.currencies.find(({ currency }) => currency === 'BTC');
  assert.ok((bitcoin?.equity_float ?? 0) > 0);
  assert.ok((account.figures_age_ms ?? Number.POSITIVE_INFINITY) < 6_000);
});

operations(
  'diagnostics: queues within their capacity, the last errors newest first, bounded',
  async () => {
    const bench = await started();
    for (let line = 0; line < 60; line += 1)
      bench.errors.note('error', `event ${line}`, { code: 'INTERNAL', text: 'x'.repeat(1_000) });
    bench.errors.note('info', 'of no interest', {});
    const { queues, last_errors, policy_rev } = said.diagnostics(bench);
    assert.is(policy_rev, bench.system.policyRev);
    for (const { name, depth, capacity } of queues)
      assert.ok(capacity === null || depth <= capacity, name);
    assert.is(last_errors.length, 50);
    assert.is(last_errors[0]?.event, 'event 59');
    assert.ok((last_errors[0]?.text.length ?? 0) <= 300);
    assert.is(said.scheduler(bench).internal_errors.length, 50);
  },
);

operations.run();
