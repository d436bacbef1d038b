/**
 * `/control/freeze`, `/control/unfreeze` and `/control/policy` on the whole daemon: what each does to new
 * risk within the call, what is refused, what is recorded, and what a restart keeps.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import type { CommandContext } from '../../../daemon/http/command-table.ts';
import { systemCommands } from '../../../daemon/system/commands.ts';
import { asHoldfastError } from '../../../streams/facts/errors.ts';
import { parseFact } from '../../../streams/facts/registry.ts';
import {
  DaemonWorld,
  handDecision,
  perpetualName,
  policyPath,
} from '../../fixtures/daemon-world.ts';

const policies = suite('conformance: freeze and policy');

type Section = Record<string, unknown>;

let keys = 0;

function context(role: CommandContext['role'] = 'owner'): CommandContext {
  keys += 1;
  const request = { path: '/api/v1/control/policy', bodySha256: 'b'.repeat(64) };
  const idempotencyKey = `key-${keys}`;
  return { role, traceId: 'c'.repeat(32), idempotencyKey, cause: 'test', request };
}

async function started(): Promise<DaemonWorld> {
  const daemon = new DaemonWorld();
  await daemon.start();
  await daemon.pass(1_000);
  return daemon;
}

/** The policy file of the profile, as JSON, changed. */
function edited(daemon: DaemonWorld, execution: Section = {}, guard: Section = {}): Section {
  const text = daemon.node.ports.disk.readFile(policyPath).toString('utf8');
  const document = parse(text) as { execution: Section; guard: Section } & Section;
  return {
    ...document,
    execution: { ...document.execution, ...execution },
    guard: { ...document.guard, ...guard },
  };
}

function open(daemon: DaemonWorld, name: string, quantity = '1000', limit = '80001'): string {
  const proposal = {
    class: 'OPEN',
    instrument: perpetualName,
    side: 'buy',
    quantity,
    limit_price: limit,
    reduce_only: false,
    time_in_force: limit === '80001' ? 'immediate_or_cancel' : 'good_til_cancelled',
    edge: { gross_usd: 100, fee_usd: 1, slippage_usd: 0 },
  };
  const decision = handDecision(name, daemon.world.clock.nowUs);
  const [leg] = daemon.system.execution.submit([proposal], decision).legs;
  return leg?.kind === 'refused' ? leg.code : 'sent';
}

function apply(daemon: DaemonWorld, policy: Section) {
  return systemCommands(daemon.system).applyPolicy({ policy, reason: 'test' }, context());
}

function refusalOf(work: () => unknown): string {
  try {
    work();
    return 'none';
  } catch (thrown) {
    const { code, message } = asHoldfastError(thrown);
    return `${code} ${message}`;
  }
}

const facts = (daemon: DaemonWorld, type: string): Section[] =>
  [...daemon.system.journal.stream('control').read(0)]
    .map(({ bytes }) => parseFact(bytes))
    .filter(({ event_type }) => event_type === type)
    .map(({ payload }) => payload as Section);

policies(
  'C-707 freeze: no new risk at once, resting risk cancelled; only an unfreeze lifts it',
  async () => {
    const daemon = await started();
    assert.is(open(daemon, 'resting', '1000', '79900'), 'sent');
    assert.ok(await daemon.until(() => daemon.account.openOrders.size === 1, 5_000));
    const commands = systemCommands(daemon.system);
    const frozen = commands.freeze(context('supervisor'));
    assert.is(frozen.trading_mode, 'ReduceOnly');
    assert.equal(frozen.mode_reasons, ['REDUCEONLY_OPERATOR']);
    assert.is(open(daemon, 'frozen'), 'TradingModeForbidsClass');
    assert.ok(await daemon.until(() => daemon.account.openOrders.size === 0, 1_000));
    await daemon.pass(120_000);
    assert.is(daemon.system.guard.evaluate().mode, 'ReduceOnly', 'time lifts nothing');
    assert.is(commands.unfreeze(context()).trading_mode, 'Active');
    assert.is(open(daemon, 'thawed'), 'sent');
    const commanded = facts(daemon, 'operator.command').map(({ command }) => command);
    assert.equal(commanded, ['control.freeze', 'control.unfreeze']);
  },
);

policies(
  'a tighter policy is in force when the command answers, gates and monitors alike',
  async () => {
    const daemon = await started();
    const { policyRev } = daemon.system;
    const tighter = edited(daemon, { max_order_notional_usd: 500 }, { spread_max_bps: 0.01 });
    const answer = apply(daemon, tighter);
    assert.match(answer.outcome, /execution.max_order_notional_usd 20000 → 500/);
    assert.is.not(daemon.system.policyRev, policyRev);
    assert.is(open(daemon, 'large'), 'OrderNotionalTooLarge');
    await daemon.pass(2_000);
    assert.ok(
      daemon.system.guard.evaluate().reasons.includes('REDUCEONLY_CORTEX_FORCE_REDUCE_ONLY'),
      'the spread monitor follows',
    );
    const [changed] = facts(daemon, 'policy.changed').slice(-1);
    assert.is(changed?.old_policy_rev, policyRev);
    const [command] = facts(daemon, 'operator.command').slice(-1);
    const { changes } = (command as { details: { changes: Section[] } }).details;
    assert.equal(
      changes.map(({ key, loosens }) => [key, loosens]),
      [
        ['execution.max_order_notional_usd', false],
        ['guard.spread_max_bps', false],
      ],
    );
  },
);

policies(
  'what loosens is told from what tightens, and unknown directions count as loosening',
  async () => {
    const daemon = await started();
    const { policyEffect } = systemCommands(daemon.system);
    const effect = (execution: Section, guard: Section = {}): string =>
      policyEffect({ policy: edited(daemon, execution, guard), reason: 'test' });
    assert.is(effect({ max_order_notional_usd: 19_999 }), 'tightens');
    assert.is(effect({ min_edge_usd: -1 }), 'tightens');
    assert.is(effect({ instruments_allowed: ['BTC-*'] }), 'tightens');
    assert.is(effect({}, { depth_min: 300_001, strict_monotonic: true }), 'tightens');
    assert.is(effect({ max_order_notional_usd: 20_001 }), 'loosens');
    assert.is(effect({ min_edge_usd: -3 }), 'loosens');
    assert.is(effect({ instruments_allowed: ['BTC-*', 'SOL-*'] }), 'loosens');
    assert.is(effect({}, { depth_min: 299_999 }), 'loosens');
    assert.is(effect({}, { sweep_interval_s: 9 }), 'loosens', 'no row says its direction');
    assert.is(
      effect({ max_order_notional_usd: 1 }, { spread_max_bps: 26 }),
      'loosens',
      'one suffices',
    );
  },
);

policies(
  'a policy that is no policy, or whose limit cannot trip, is refused and changes nothing',
  async () => {
    const daemon = await started();
    const { policyRev } = daemon.system;
    const refused = (policy: Section): string => refusalOf(() => apply(daemon, policy));
    assert.match(refused({ ...edited(daemon), surprise: 1 }), /REQUEST_INVALID .*surprise/s);
    assert.match(
      refused(edited(daemon, { max_position_usd: -1 })),
      /REQUEST_INVALID .*max_position_usd/s,
    );
    assert.match(refused(edited(daemon, {}, { bunker_timeout_rate: 1 })), /bunker_timeout_rate/);
    assert.match(
      refused({ ...edited(daemon), venue_hosts_allowed: ['elsewhere'] }),
      /127\.0\.0\.1/,
    );
    assert.is(daemon.system.policyRev, policyRev);
    assert.is(open(daemon, 'as before'), 'sent');
  },
);

policies(
  'an applied policy survives a restart, and ends when the file is changed by hand',
  async () => {
    const daemon = await started();
    apply(daemon, edited(daemon, { max_order_notional_usd: 500 }));
    await daemon.pass(100);
    await daemon.boot();
    await daemon.untilActive();
    await daemon.pass(1_000);
    assert.is(open(daemon, 'after the restart'), 'OrderNotionalTooLarge');
    const { disk } = daemon.node.ports;
    const text = disk.readFile(policyPath).toString('utf8');
    disk.writeFileAtomic(policyPath, `${text}# looked at\n`);
    await daemon.pass(61_000);
    assert.is(open(daemon, 'after the edit'), 'sent');
  },
);

policies.run();
