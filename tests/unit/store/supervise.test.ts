import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hideSecret } from '../../../daemon/ports/production/index.ts';
import { createVirtualWorld } from '../../../daemon/ports/virtual/index.ts';
import {
  type StoreHealth,
  type StoreProcessConfig,
  StoreSupervisor,
} from '../../../daemon/store/index.ts';
import { makeBreakers, type SystemBreakers } from '../../../daemon/system/breakers.ts';
import type { ChildHandlers, ChildSpec, Ports } from '../../../streams/ports/index.ts';
import { startUs } from '../../fixtures/store/facts.ts';

const supervising = suite('store supervision');

const config: StoreProcessConfig = {
  engine: { kind: 'embedded', directory: '/data/store', host: '127.0.0.1', port: 0 },
  database: 'holdfast',
  journal: null,
  retentionHours: { ticks: 72, analytics: 720, snapshots: 720, ledger: null },
};
const health: StoreHealth = {
  kind: 'health',
  probeAgeMs: 0,
  streams: [],
  breaker: null,
  rssBytes: 1,
  loopDelayP99Ms: 0,
};
const readyMessage = { kind: 'ready', url: 'http://127.0.0.1:1', schemaVersion: 1, startMs: 5 };

interface FakeChild {
  readonly spec: ChildSpec;
  readonly handlers: ChildHandlers;
  readonly signals: string[];
}
interface Bench {
  readonly store: StoreSupervisor;
  readonly breakers: SystemBreakers;
  readonly children: FakeChild[];
  last(): FakeChild;
  runFor(ms: number): Promise<void>;
}

async function withSupervisor(
  check: (bench: Bench) => Promise<void>,
  own: Partial<StoreProcessConfig> = {},
): Promise<void> {
  const world = createVirtualWorld({ seed: 'supervise', startUs });
  const children: FakeChild[] = [];
  const processes: Ports['processes'] = {
    spawn(spec, handlers) {
      const child: FakeChild = { spec, handlers, signals: [] };
      children.push(child);
      const signal = (name: string): void => {
        child.signals.push(name);
        if (name === 'SIGKILL') handlers.onExit(null, 'SIGKILL');
      };
      return { pid: 100 + children.length, send: () => true, signal };
    },
  };
  const ports = { ...world.portsFor('daemon'), processes };
  const breakers = makeBreakers(ports);
  const store = new StoreSupervisor({
    ports,
    modulePath: '/store/main.js',
    config: { ...config, ...own },
    breakers,
    serverPassword: hideSecret('server-password'),
  });
  const last = (): FakeChild => children.at(-1) as FakeChild;
  await check({ store, breakers, children, last, runFor: (ms) => world.clock.runFor(ms) });
}

supervising('passwords travel in the environment only, and differ', () =>
  withSupervisor(async ({ last }) => {
    const { args, environment = {} } = last().spec;
    const { HOLDFAST_STORE_WRITER_PASSWORD: writer, HOLDFAST_STORE_READER_PASSWORD: reader } =
      environment;
    assert.is(writer, 'server-password');
    assert.ok((reader ?? '').length >= 48);
    assert.not.match(args.join(' '), /password/i);
    assert.is(environment.UV_THREADPOOL_SIZE, '16');
  }),
);

supervising('is ready when the child says so, and hands out the reader only', () =>
  withSupervisor(async ({ store, last }) => {
    assert.is(store.view.state, 'starting');
    assert.is(store.readEndpoint, undefined);
    last().handlers.onMessage?.(readyMessage);
    assert.is(store.view.state, 'ready');
    assert.is(store.readEndpoint?.user, 'reader');
    last().handlers.onMessage?.({ kind: 'nonsense' });
    assert.is(store.view.state, 'ready');
  }),
);

supervising('a child that dies is started again, later each time, and the breaker shows it', () =>
  withSupervisor(async ({ store, breakers, children, last, runFor }) => {
    const startedAfterMs: number[] = [];
    for (let death = 0; death < 6; death += 1) {
      const before = children.length;
      last().handlers.onExit(1, null);
      assert.is(store.view.state, 'waiting');
      let waitedMs = 0;
      while (children.length === before) {
        await runFor(10);
        waitedMs += 10;
      }
      startedAfterMs.push(waitedMs);
    }
    assert.is(store.view.restarts, 6);
    assert.is(breakers.view('store').state, 'half_open', 'the sixth start is the probe');
    assert.is(breakers.view('store').openings, 2);
    for (const [index, waited] of startedAfterMs.entries()) {
      // Back-off until the fifth death opens the breaker; from then on its pause.
      const [least, most] =
        index < 4
          ? [125 * 2 ** index, 250 * 2 ** index]
          : [2_500 * (index - 3), 7_500 * (index - 3)];
      assert.ok(waited >= least && waited <= most + 10, `${index}: ${waited} ms`);
    }
    last().handlers.onMessage?.(readyMessage);
    for (let second = 0; second < 61; second += 1) {
      last().handlers.onMessage?.(health);
      await runFor(1_000);
    }
    assert.is(breakers.view('store').state, 'closed', 'up for a minute');
  }),
);

supervising('silence, or an engine that does not answer, ends in SIGKILL and a new child', () =>
  withSupervisor(async ({ store, children, last, runFor }) => {
    last().handlers.onMessage?.(readyMessage);
    last().handlers.onMessage?.(health);
    await runFor(9_000);
    assert.equal(last().signals, []);
    await runFor(2_000);
    assert.equal(children[0]?.signals, ['SIGKILL']);
    await runFor(1_000);
    assert.is(children.length, 2);
    last().handlers.onMessage?.(readyMessage);
    last().handlers.onMessage?.({ ...health, probeAgeMs: 46_000 });
    await runFor(1_000);
    assert.equal(children[1]?.signals, ['SIGKILL']);
    assert.ok(store.view.restarts >= 1);
  }),
);

supervising('a server that does not answer is no reason to kill the shipper', () =>
  withSupervisor(
    async ({ last, runFor }) => {
      last().handlers.onMessage?.(readyMessage);
      last().handlers.onMessage?.({ ...health, probeAgeMs: 600_000 });
      await runFor(5_000);
      assert.equal(last().signals, []);
    },
    { engine: { kind: 'server', url: 'http://127.0.0.1:1', user: 'default', cluster: null } },
  ),
);

supervising('a missing engine is final: said once, not retried', () =>
  withSupervisor(async ({ store, children, last, runFor }) => {
    last().handlers.onMessage?.({
      kind: 'failed',
      code: 'STORE_ENGINE_MISSING',
      message: 'the embedded engine is not available on this platform',
    });
    last().handlers.onExit(7, null);
    assert.is(store.view.state, 'unavailable');
    assert.is(store.view.code, 'STORE_ENGINE_MISSING');
    await runFor(600_000);
    assert.is(children.length, 1);
  }),
);

supervising('stop asks first and then insists', () =>
  withSupervisor(async ({ store, children, last, runFor }) => {
    last().handlers.onMessage?.(readyMessage);
    let stopped = false;
    const stopping = store.stop().then(() => {
      stopped = true;
    });
    assert.equal(last().signals, ['SIGTERM']);
    await runFor(4_000);
    assert.is(stopped, false);
    await runFor(2_000);
    await stopping;
    assert.equal(last().signals, ['SIGTERM', 'SIGKILL']);
    await runFor(600_000);
    assert.is(children.length, 1);
    assert.is(store.view.state, 'stopped');
  }),
);

supervising.run();
