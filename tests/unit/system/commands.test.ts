/** Commands: effect first, then the record; what made things safer stands even when nobody wrote it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { CommandOutcome } from '../../../actors/guard/index.ts';
import type { AdoptionOutcome } from '../../../actors/reconciliation/index.ts';
import { createVirtualWorld } from '../../../daemon/ports/virtual/index.ts';
import { type CommandedSystem, systemCommands } from '../../../daemon/system/commands.ts';
import type { PolicyChange } from '../../../daemon/system/policy-changes.ts';
import { HoldfastError } from '../../../streams/facts/errors.ts';
import { operatorCommandPayloadSchema } from '../../../streams/facts/schemas/run.ts';

const commands = suite('system commands');

interface CommandFacts {
  readonly payload: Record<string, unknown>;
  readonly traceId: string | undefined;
}

function bench(
  own: Partial<CommandOutcome> = {},
  journalFails = false,
  adoption: AdoptionOutcome = { accepted: true, message: 'adopted: trade A/1' },
) {
  const order: string[] = [];
  const ids: string[] = [];
  const facts: CommandFacts[] = [];
  const world = createVirtualWorld({ seed: 1, startUs: 0, log: { level: 'error' } });
  const node = world.node('daemon');
  const outcome: CommandOutcome = {
    accepted: true,
    mode: 'ReduceOnly',
    factId: 'f'.repeat(64),
    traceId: null,
    standing: [],
    message: 'done',
    ...own,
  };
  const answer =
    (name: string) =>
    (...given: unknown[]): CommandOutcome => {
      order.push([name, ...given].join(' '));
      return outcome;
    };
  const write = (_type: string, payload: object, traceId?: string): string => {
    order.push('record');
    if (journalFails) throw new HoldfastError('JOURNAL_CLOSED', 'closed');
    facts.push({ payload: payload as Record<string, unknown>, traceId });
    return 'a'.repeat(64);
  };
  const system: CommandedSystem = {
    guard: {
      evaluate: () => {
        order.push('evaluate');
        return { mode: 'ReduceOnly', reasons: ['REDUCEONLY_OPEN_PERMISSION_LATCHED'] };
      },
      emergencyReduceOnly: answer('emergency'),
      kill: (cause, { flatten, keepReduceOnlyOrders } = {}) =>
        answer('kill')(cause, flatten, keepReduceOnlyOrders),
      restore: answer('restore'),
      reduceOnly: answer('reduceOnly'),
    },
    policies: {
      judge: ({ changes }) => changes as PolicyChange[],
      apply: () => void order.push('apply'),
    },
    records: { durable: write, soon: write },
    options: { ports: node.ports },
    execution: {
      rearm: () => {
        order.push('rearm');
        return ['a key'];
      },
    },
    reconciliation: {
      adopt: async ({ adoptionId, account, role, reason, trades }) => {
        order.push(`adopt ${account} ${role} ${reason} ${trades.length}`);
        ids.push(adoptionId);
        return adoption;
      },
    },
    requestReconcile: (cause) => void order.push(`reconcile ${cause}`),
  };
  const count = async (verdict: string): Promise<number> => {
    const text = await node.ports.telemetry.metrics.render();
    const line = text
      .split('\n')
      .find((row) => row.startsWith('holdfast_commands_total{') && row.includes(verdict));
    return Number(line?.split(' ')[1] ?? 0);
  };
  return { order, ids, facts, commands: systemCommands(system), count, node };
}

const context = {
  role: 'supervisor' as const,
  traceId: 'c'.repeat(32),
  idempotencyKey: 'key-1',
  cause: 'drill',
  request: { path: '/api/v1/emergency/kill', bodySha256: 'b'.repeat(64) },
};

const plain = { cause: 'drill', flatten: false, keep_reduce_only: false };

for (const [name, run, effect] of [
  ['emergency.reduce_only', (of) => of.commands.emergencyReduceOnly(context), 'emergency drill'],
  ['emergency.kill', (of) => of.commands.kill(plain, context), 'kill drill false false'],
  [
    'emergency.kill',
    (of) => of.commands.kill({ ...plain, flatten: true, keep_reduce_only: true }, context),
    'kill drill true true',
  ],
  ['control.rearm', (of) => of.commands.rearm(context), 'rearm'],
  [
    'control.restore',
    (of) => of.commands.restore('Kill', context),
    'restore Kill drill supervisor',
  ],
  ['control.reconcile', (of) => of.commands.reconcile(context), 'reconcile operator: drill'],
  ['control.freeze', (of) => of.commands.freeze(context), 'reduceOnly drill'],
  [
    'control.unfreeze',
    (of) => of.commands.unfreeze(context),
    'restore ReduceOnly unfreeze: drill supervisor',
  ],
] as const satisfies readonly (readonly [
  string,
  (of: ReturnType<typeof bench>) => unknown,
  string,
])[]) {
  commands(
    `${name} takes effect, answers the mode that follows, and is recorded after`,
    async () => {
      const of = bench();
      const answer = run(of) as ReturnType<typeof of.commands.kill>;
      assert.equal(of.order, [effect, 'evaluate', 'record']);
      assert.is(answer.trading_mode, 'ReduceOnly');
      assert.equal(answer.mode_reasons, ['REDUCEONLY_OPEN_PERMISSION_LATCHED']);
      assert.is(answer.trace_id, context.traceId);
      const [fact] = of.facts;
      assert.ok(operatorCommandPayloadSchema.safeParse(fact?.payload).success);
      assert.is(fact?.payload.command, name);
      assert.is(fact?.payload.role, 'supervisor');
      assert.is(fact?.payload.idempotency_key, 'key-1');
      assert.is(fact?.payload.accepted, true);
      assert.is(fact?.traceId, context.traceId);
      assert.is(await of.count('accepted'), 1);
    },
  );
}

commands(
  'the fact of the guard is the one that is answered, the record where there is none',
  () => {
    assert.is(bench().commands.kill(plain, context).fact_id, 'f'.repeat(64));
    assert.is(bench({ factId: null }).commands.kill(plain, context).fact_id, 'a'.repeat(64));
    assert.is(bench().commands.reconcile(context).fact_id, 'a'.repeat(64));
  },
);

commands('a journal that cannot take the record does not undo the effect, and is told of', () => {
  const of = bench({ factId: null }, true);
  const answer = of.commands.emergencyReduceOnly(context);
  assert.equal(of.order, ['emergency drill', 'evaluate', 'record']);
  assert.is(answer.fact_id, null);
  assert.is(answer.trading_mode, 'ReduceOnly');
});

commands('a restore that is refused is recorded, counted and says what stands', async () => {
  const of = bench({
    accepted: false,
    factId: null,
    message: 'reasons stand',
    standing: ['KILL_DAILY_LOSS_LIMIT'],
  });
  try {
    of.commands.restore('Kill', context);
    assert.unreachable();
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    assert.is(error.code, 'FORBIDDEN');
    assert.is(error.traceId, context.traceId);
    assert.equal(error.details, { standing: ['KILL_DAILY_LOSS_LIMIT'] });
  }
  assert.is(of.facts[0]?.payload.accepted, false);
  assert.is(await of.count('refused'), 1);
  assert.is(await of.count('accepted'), 0);
});

const adoptBody = {
  account: 'main',
  reason: 'a liquidation',
  trades: [{ instrument: 'A', trade_id: '1' }],
  orders: [],
  positions: [],
};

commands('an adoption is carried out first, then recorded with what it named', async () => {
  const of = bench();
  const answer = await of.commands.adopt(adoptBody, context);
  assert.equal(of.order, ['adopt main supervisor a liquidation 1', 'evaluate', 'record']);
  assert.is(answer.outcome, 'adopted: trade A/1');
  assert.is(answer.fact_id, 'a'.repeat(64));
  assert.is(of.facts[0]?.payload.command, 'control.reconcile.adopt');
  assert.is(of.facts[0]?.payload.outcome, 'adopted: trade A/1');
});

commands(
  'one key, body and role is one adoption, in every life; anything else is another',
  async () => {
    const of = bench();
    const { request } = context;
    for (const own of [
      {},
      {},
      { idempotencyKey: 'key-2' },
      { role: 'owner' as const },
      { request: { ...request, bodySha256: 'd'.repeat(64) } },
    ]) {
      await of.commands.adopt(adoptBody, { ...context, ...own });
    }
    const [first, again, ...others] = of.ids;
    assert.is(first, again);
    assert.is(new Set([first, ...others]).size, 4);
  },
);

commands('an adoption that is refused is recorded and a conflict', async () => {
  const of = bench({}, false, { accepted: false, message: 'nothing is adopted: no difference' });
  try {
    await of.commands.adopt(adoptBody, context);
    assert.unreachable();
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    assert.is(error.code, 'CONFLICT');
    assert.match(error.message, 'no difference');
  }
  assert.is(of.facts[0]?.payload.accepted, false);
  assert.is(await of.count('refused'), 1);
});

commands('what the port refused is recorded with its code and nothing of its body', () => {
  const of = bench();
  const error = new HoldfastError('UNAUTHORIZED', 'no valid token');
  of.commands.refused('emergency.kill', null, error, context.traceId);
  assert.equal(of.facts, [
    {
      payload: {
        command: 'emergency.kill',
        role: 'none',
        idempotency_key: null,
        accepted: false,
        outcome: 'UNAUTHORIZED',
        details: {},
      },
      traceId: context.traceId,
    },
  ]);
  assert.ok(operatorCommandPayloadSchema.safeParse(of.facts[0]?.payload).success);
});

commands.run();
