import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hideSecret } from '../../../daemon/ports/production/index.ts';
import { DeribitCancelOnlyClient } from '../../../streams/venues/deribit/cancel-only-client.ts';
import { CapabilityOffice } from '../../../streams/venues/deribit/index.ts';
import { DeribitTradingClient } from '../../../streams/venues/deribit/trading-client.ts';
import { portKinds } from '../../fixtures/ports.ts';
import { withRooms } from '../../fixtures/venue-room.ts';
import { orderIntent } from '../../fixtures/venue-session.ts';

const client = suite('cancel-only client');

for (const kind of portKinds) {
  client(`${kind}: cancels what rests at the venue, again and again, without a session`, () =>
    withRooms(kind, async (rooms) => {
      await rooms.live();
      const { under, venue, room, market } = rooms;
      const instrument = room.instruments.find('BTC-PERPETUAL');
      const bid = market.view.get('BTC-PERPETUAL')?.book.ticksAt('bids', 0);
      if (instrument === undefined || bid === undefined) throw new Error('no BTC-PERPETUAL');
      const trading = new DeribitTradingClient(new CapabilityOffice().claim(), room.session);
      const validUntilUs = under.client.clock.nowUs() + 5_000_000;
      const intent = orderIntent({ instrument, limitTicks: bid - 200, validUntilUs });
      assert.is((await under.settle(trading.place(intent).reply)).kind, 'acked');
      const watchdog = new DeribitCancelOnlyClient({
        ports: under.client,
        baseUrl: `http://${venue.host}:${venue.port}`,
        credentials: { clientId: 'holdfast', secret: hideSecret('s'.repeat(32)) },
        timeoutMs: 2_000,
      });
      assert.is(await under.settle(watchdog.openOrderCount()), 1);
      assert.is(await under.settle(watchdog.cancelAll()), 1);
      assert.is(await under.settle(watchdog.cancelAll()), 0);
      assert.is(await under.settle(watchdog.openOrderCount()), 0);
      assert.not.ok('place' in watchdog);
    }),
  );
}

client.run();
