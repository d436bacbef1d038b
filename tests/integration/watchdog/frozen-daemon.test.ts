/**
 * A daemon that stands still with orders at the venue: the watchdog, another process, cancels them.
 * And a daemon that needs its watchdog restricts itself, then kills, when that one stands still.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import WebSocket from 'ws';
import { hideSecret } from '../../../daemon/ports/hidden-secret.ts';
import { productionPorts } from '../../../daemon/ports/production/index.ts';
import { DeribitCancelOnlyClient } from '../../../streams/venues/deribit/index.ts';
import { until } from '../../fixtures/system/commands-run.ts';
import { venueSecret } from '../../fixtures/system/profile-files.ts';
import { type RunningSystem, withSystem } from '../../fixtures/system/running-system.ts';

const frozen = suite('watchdog');

/** Loopback and a busy machine: far above what a beat takes, far below the venue's own patience. */
const silenceMs = 3_000;
const deadlineMs = 40_000;

function eyesOn({ venueAddress }: RunningSystem): DeribitCancelOnlyClient {
  return new DeribitCancelOnlyClient({
    ports: productionPorts({ log: { level: 'silent', destination: 'stderr' } }),
    baseUrl: `http://${venueAddress}`,
    credentials: { clientId: 'local-paper', secret: hideSecret(venueSecret) },
    timeoutMs: 3_000,
  });
}

/** The local profile with one strategy that leaves bids in the book. */
function watched(watchdog: Record<string, unknown>, guard: Record<string, unknown> = {}) {
  return { guard, wiring: { watchdog: { interval_ms: 200, silence_ms: silenceMs, ...watchdog } } };
}

/** A resting bid of the account, from a session that is not the daemon's. */
async function restingBid({ venueAddress }: RunningSystem): Promise<() => void> {
  const socket = new WebSocket(`ws://${venueAddress}/ws/api/v2`);
  let id = 0;
  const answers = new Map<number, (answer: Record<string, unknown>) => void>();
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString('utf8')) as Record<string, unknown>;
    answers.get(Number(message.id))?.(message);
  });
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', reject);
  });
  const call = (method: string, params: object): Promise<Record<string, unknown>> => {
    id += 1;
    socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    return new Promise((resolve) => answers.set(id, resolve));
  };
  const secret = { client_id: 'local-paper', client_secret: venueSecret };
  await call('public/auth', { grant_type: 'client_credentials', ...secret });
  const bid = { instrument_name: 'BTC-PERPETUAL', amount: 1000, type: 'limit', price: 1000 };
  const answer = await call('private/buy', { ...bid, label: 'by-hand' });
  assert.is(answer.error, undefined, JSON.stringify(answer.error));
  return () => socket.close();
}

frozen('SIGSTOP the daemon: the watchdog leaves no order at the venue that could add risk', () =>
  withSystem(watched({}), async (system) => {
    await system.untilActive();
    await system.until(() => system.count('watchdog.ready') > 0, 'the watchdog');
    const venue = eyesOn(system);
    const close = await restingBid(system);
    try {
      assert.ok((await venue.openOrders()).some(({ reduceOnly }) => !reduceOnly));
      process.kill(system.daemonPid, 'SIGSTOP');
      const startMs = performance.now();
      await until(
        async () => (await venue.openOrders()).every(({ reduceOnly }) => reduceOnly) || undefined,
        'no order that could add risk',
        deadlineMs,
      );
      const tookMs = performance.now() - startMs;
      assert.ok(tookMs >= silenceMs - 500, `not before the silence is one: ${tookMs} ms`);
      const says = (text: string): boolean =>
        system.events.some(({ event, line }) => event === 'watchdog.note' && line?.includes(text));
      await system.until(() => says('is silent'), 'the alert', deadlineMs);
      process.stdout.write(`daemon frozen: venue clear after ${Math.round(tookMs)} ms\n`);
      process.kill(system.daemonPid, 'SIGCONT');
      await system.until(() => says('heard again'), 'the daemon to be heard again', deadlineMs);
    } finally {
      process.kill(system.daemonPid, 'SIGCONT');
      close();
    }
  }),
);

frozen('SIGSTOP a required watchdog: emergency reduce-only, then Kill', () =>
  withSystem(
    watched({ required: true }, { watchdog_reduce_only_s: 3, watchdog_kill_s: 6 }),
    async (system) => {
      await system.untilActive();
      const { pid = 0 } = system.events.find(({ event }) => event === 'watchdog.ready') ?? {};
      process.kill(pid, 'SIGSTOP');
      try {
        await system.untilStatus(
          ({ mode_reasons }) => mode_reasons.includes('REDUCEONLY_EMERGENCY_REDUCEONLY_ACTIVE'),
          'emergency reduce-only',
          deadlineMs,
        );
        const killed = await system.untilStatus(
          ({ trading_mode }) => trading_mode === 'Kill',
          'Kill',
          deadlineMs,
        );
        assert.equal(killed.mode_reasons, ['KILL_WATCHDOG_HEARTBEAT_STALE']);
        assert.is(killed.owner_view.primary_code, 'OPS_WATCHDOG_SILENT');
      } finally {
        process.kill(pid, 'SIGCONT');
      }
    },
  ),
);

frozen.run();
