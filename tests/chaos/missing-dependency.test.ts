/**
 * Each thing the daemon depends on is taken away, one at a time, from real processes: what reduces
 * risk still works. An operator's kill with flattening ends with no order and no position at the
 * venue; at the kill mark of the disk, the hard stop, no close leaves.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { canMount, SmallDisk } from '../prove/phase2/small-disk.ts';
import { crosser, quotes } from '../prove/phase2/trial-policy.ts';
import { type TrialOptions, type TrialSystem, withTrial } from '../prove/phase2/trial-system.ts';

const missing = suite('missing dependency');

const flow: TrialOptions = { strategies: [crosser, quotes('ETH-PERPETUAL')] };
const flatWithinMs = 15_000;

async function exposed(system: TrialSystem): Promise<void> {
  await system.untilActive();
  await system.untilHeld(
    ({ exposureUsd, openLabels }) => exposureUsd > 0 && openLabels.length > 0,
    'a position and orders',
  );
}

async function reducesToNothing(system: TrialSystem): Promise<void> {
  const { status, text } = await system.command('emergency/kill', { cause: 'test', flatten: true });
  assert.is(status, 200, text);
  const held = await system.untilHeld(
    ({ exposureUsd, openLabels }) => exposureUsd === 0 && openLabels.length === 0,
    'no order and no position at the venue',
    flatWithinMs,
  );
  assert.equal(held.positions, {});
  const killed = ({ trading_mode }: { trading_mode: string }): boolean => trading_mode === 'Kill';
  const seen = await system.untilStatus(killed, 'Kill in the status', flatWithinMs);
  assert.is(seen.orders.duplicate_dispatch_count, 0);
}

/** Runs on a system that holds something; `disk` is the small one under its data, when asked for. */
async function without(
  options: TrialOptions,
  work: (system: TrialSystem, disk: SmallDisk | undefined) => Promise<void>,
  small = false,
): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-missing-'));
  const disk = small ? SmallDisk.mount(join(directory, '.holdfast')) : undefined;
  try {
    await withTrial(directory, options, async (system) => {
      await exposed(system);
      await work(system, disk);
    });
  } finally {
    disk?.unmount();
    rmSync(directory, { recursive: true, force: true });
  }
}

missing('the store: none is there', () =>
  without({ ...flow, wiring: { store: { kind: 'none' } } }, async (system) => {
    const status = await system.status();
    assert.is(status?.store.kind, 'none');
    await reducesToNothing(system);
  }),
);

missing('the store: a server that does not answer', () => {
  const store = { kind: 'server', url: 'http://127.0.0.1:9', password_env: 'STORE_PASSWORD' };
  const options = { ...flow, wiring: { store }, environment: { STORE_PASSWORD: 'unused' } };
  return without(options, async (system) => {
    const status = await system.status();
    assert.is.not(status?.store.state, 'ready');
    assert.is(status?.trading_mode, 'Active', 'trading does not need it');
    await reducesToNothing(system);
  });
});

missing('the clock: a wall clock that stepped two minutes', () =>
  without({ ...flow, preloads: ['stepped-clock'] }, async (system) => {
    process.kill(system.daemon.pid, 'SIGUSR2');
    await system.untilStatus(
      ({ owner_view }) => owner_view.codes.some(({ code }) => code === 'DATA_TIME_DRIFT_EXCEEDED'),
      'the drift to be told',
    );
    // The stamp of a command is judged by this clock: what makes safer is asked for without one.
    await reducesToNothing(system);
  }),
);

missing('the integration with the venue over HTTP: every request is refused', () =>
  without(flow, async (system) => {
    await system.trip('http_429', { upgrades: false });
    await system.untilStatus(({ trading_mode }) => trading_mode !== 'Active', 'a restriction');
    await reducesToNothing(system);
  }),
);

const probe = mkdtempSync(join(tmpdir(), 'holdfast-mount-'));
if (canMount(probe)) {
  missing('disk space: above the degraded mark', () =>
    without(
      flow,
      async (system, disk) => {
        disk?.fill(0.88);
        await system.untilStatus(({ risk_state }) => risk_state === 'Degraded', 'Degraded');
        await reducesToNothing(system);
      },
      true,
    ),
  );

  missing('disk space: at the kill mark the command is taken, and no close is sent', () =>
    without(
      flow,
      async (system, disk) => {
        disk?.fill(0.93);
        await system.untilStatus(({ mode_reasons }) => {
          return mode_reasons.includes('KILL_DISK_WATERMARK_KILL');
        }, 'Kill');
        const from = (system.facts('ledger').at(-1)?.offset ?? -1) + 1;
        const { status } = await system.command('emergency/kill', { cause: 'test', flatten: true });
        assert.is(status, 200, 'the command is taken');
        await new Promise((resolve) => setTimeout(resolve, 2_000));
        const intents = system
          .facts('ledger', from)
          .filter(
            ({ event_type, payload }) =>
              event_type === 'order.intent' && payload.class !== 'CANCEL',
          );
        assert.equal(intents, [], 'a hard stop sends no close');
      },
      true,
    ),
  );
} else {
  process.stdout.write(
    'SKIP disk space: this machine does not let a small file system be mounted\n',
  );
}
rmSync(probe, { recursive: true, force: true });

missing.run();
