/** A fresh daemon on the default market: both built-in strategies trade within seconds. */
import { suite } from 'uvu';
import { FaultyDaemon } from '../../fixtures/venue-sim/faulty-daemon.ts';

const first = suite('first orders');

/** Virtual seconds from the first Active. */
const fillWithinS = 30;

// 42 is the seed of the local profile.
for (const seed of ['42', '7']) {
  first(`the perpetual strategy and the option strategy fill, seed ${seed}`, async () => {
    const daemon = new FaultyDaemon({ seed, rates: {} });
    await daemon.start();
    try {
      await daemon.untilActive();
      const startUs = daemon.world.clock.nowUs;
      const filled = (wanted: (name: string) => boolean): boolean =>
        daemon.account.trades.some(({ productIndex }) =>
          wanted(daemon.venue.engine.marketAt(productIndex).product.name),
        );
      const perpetual = (): boolean => filled((name) => name === 'BTC-PERPETUAL');
      const option = (): boolean => filled((name) => /^ETH-.*-[CP]$/.test(name));
      await daemon.until(perpetual, 'a fill of the perpetual strategy', fillWithinS);
      const leftS = fillWithinS - (daemon.world.clock.nowUs - startUs) / 1_000_000;
      await daemon.until(option, 'a fill of the option strategy', leftS);
    } finally {
      await daemon.stop();
    }
  });
}

first.run();
