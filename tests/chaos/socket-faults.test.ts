/**
 * What sockets do between real processes, through a proxy: resets in the middle of frames, silence
 * without a word, bytes in slices, everything late. Nothing is sent twice, and both sides agree.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TcpProxy } from '../fixtures/tcp-proxy.ts';
import { booksChecks } from '../prove/both-books.ts';
import { crosser, quotes } from '../prove/phase2/trial-policy.ts';
import { type TrialSystem, withTrial } from '../prove/phase2/trial-system.ts';
import { sleepMs } from '../prove/restart-loop/clock.ts';
import { VenueWord } from '../prove/restart-loop/venue-word.ts';

const sockets = suite('socket faults');

/** Trades through a proxy, lets `strike` break it, mends it, and compares both sides. */
async function through(strike: (proxy: TcpProxy, system: TrialSystem) => Promise<void>) {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-sockets-'));
  let proxy: TcpProxy | undefined;
  const strategies = [crosser, quotes('ETH-PERPETUAL')];
  const between = async (address: string): Promise<string> => {
    proxy = await TcpProxy.before(address);
    return proxy.address;
  };
  try {
    await withTrial(directory, { strategies, between }, async (system) => {
      assert.ok(proxy !== undefined);
      await system.untilActive();
      await system.untilHeld(({ exposureUsd }) => exposureUsd > 0, 'a position');
      await strike(proxy, system);
      proxy.weather = {};
      await system.untilActive();
      const checks = await booksChecks(system, new VenueWord(system.venue.address));
      assert.equal(
        checks.filter(({ ok }) => !ok),
        [],
      );
    });
  } finally {
    await proxy?.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

const restricted = (system: TrialSystem) =>
  system.untilStatus(({ trading_mode }) => trading_mode !== 'Active', 'a restriction');

sockets('resets, again and again, in the middle of what is said', () =>
  through(async (proxy, system) => {
    const { session_epoch } = (await system.untilActive()).venue;
    for (let round = 0; round < 5; round += 1) {
      proxy.reset();
      await system.untilStatus(
        ({ venue, trading_mode }) =>
          venue.session_epoch > session_epoch + round && trading_mode === 'Active',
        'a new session that trades',
      );
    }
  }),
);

sockets('silence without a word restricts, and ends the session', () =>
  through(async (proxy, system) => {
    const { session_epoch } = (await system.untilActive()).venue;
    proxy.weather = { silent: true };
    await restricted(system);
    proxy.weather = {};
    proxy.reset();
    await system.untilStatus(({ venue }) => venue.session_epoch > session_epoch, 'a new session');
  }),
);

sockets('bytes in slices are the same frames', () =>
  through(async (proxy, system) => {
    const before = (await system.untilActive()).ingress;
    proxy.weather = { sliceBytes: 7 };
    await sleepMs(4_000);
    const after = await system.untilActive();
    assert.ok(after.ingress.admitted > before.admitted, 'the market goes on');
    assert.is(after.ingress.quarantined, before.quarantined, 'and nothing was misread');
  }),
);

sockets('everything half a second late: no order is sent again', () =>
  through(async (proxy) => {
    proxy.weather = { delayMs: 500 };
    await sleepMs(6_000);
  }),
);

sockets.run();
