/** Faults of the wire, one by one: each trips, and leaves nothing behind. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { generator } from '../../../streams/venues/simulated/index.ts';
import { type VenueUnderTest, withVenue } from '../../fixtures/venue-sim/venues.ts';

const wire = suite('venue faults of the wire');

const bookChannel = 'book.BTC-PERPETUAL.raw';
const strict = { orderingFreedoms: false };

function alive(name: string, work: (under: VenueUnderTest) => Promise<void>): Promise<void> {
  return withVenue('virtual', { ...strict, source: generator(name) }, work);
}

/** Frames of a channel that arrive within `ms`. */
async function arriving(under: VenueUnderTest, ms: number): Promise<string[]> {
  // What was under way already does not count.
  await under.ports.pass(20);
  const before = under.client.frames.length;
  await under.ports.pass(ms);
  return under.client.frames.slice(before);
}

/** Milliseconds of virtual time until the reply. */
async function roundTripMs(under: VenueUnderTest, method: string): Promise<number> {
  const { clock } = under.ports.client;
  const startUs = clock.monotonicUs();
  await under.ask(method);
  return (clock.monotonicUs() - startUs) / 1_000;
}

wire('delay: replies come late while the request has taken effect', async () => {
  await withVenue('virtual', strict, async (under) => {
    const fault = under.venue.faults.trip('delay', { on: 'replies', delay_ms: 500 });
    const order = { instrument_name: 'BTC-PERPETUAL', amount: 100, price: 79_000 };
    const reply = under.client.call('private/buy', order);
    await under.ports.pass(100);
    assert.is(
      under.venue.engine.accounts.find(({ name }) => name === 'AMANDA')?.openOrders.size,
      1,
    );
    await under.ports.settle(reply);
    assert.ok((await roundTripMs(under, 'public/test')) >= 500);
    fault.end();
    assert.ok((await roundTripMs(under, 'public/test')) < 100);
  });
});

wire('drop: notifications of one channel never arrive, others do', async () => {
  await alive('drop', async (under) => {
    await under.ask('public/subscribe', { channels: [bookChannel, 'ticker.BTC-PERPETUAL.raw'] });
    const fault = under.venue.faults.trip('drop', { on: 'notifications', subject: 'book.' });
    const during = await arriving(under, 2_000);
    assert.is(during.filter((text) => text.includes(bookChannel)).length, 0);
    assert.ok(during.length > 0);
    fault.end();
    assert.ok((await arriving(under, 2_000)).some((text) => text.includes(bookChannel)));
  });
});

wire('duplicate: every notification arrives twice in a row', async () => {
  await alive('duplicate', async (under) => {
    await under.ask('public/subscribe', { channels: [bookChannel] });
    const fault = under.venue.faults.trip('duplicate', { on: 'notifications' });
    const during = await arriving(under, 1_000);
    assert.ok(during.length > 1 && during.length % 2 === 0);
    for (let at = 0; at < during.length; at += 2) assert.is(during[at], during[at + 1]);
    fault.end();
    assert.is(new Set(await arriving(under, 1_000)).size > 0, true);
  });
});

wire('reorder: pairs of frames swap, and nothing is lost', async () => {
  await alive('reorder', async (under) => {
    await under.ask('public/subscribe', { channels: [bookChannel] });
    const chain = (texts: readonly string[]): number[] =>
      texts.map((text) => JSON.parse(text).params.data.change_id as number);
    const fault = under.venue.faults.trip('reorder', { on: 'notifications' });
    const during = chain(await arriving(under, 2_000));
    const sorted = [...during].sort((a, b) => a - b);
    assert.is.not(during.join(), sorted.join());
    assert.is(new Set(during).size, during.length);
    fault.end();
    await under.ports.pass(300);
    const after = chain(await arriving(under, 2_000));
    assert.equal(
      after,
      [...after].sort((a, b) => a - b),
    );
  });
});

wire('garbage: what is no message arrives before what is one', async () => {
  await withVenue('production', strict, async (under) => {
    const garbage: string[] = [];
    const { frames } = under.client;
    under.venue.faults.trip('garbage', { on: 'replies', count: 1 });
    under.client.tolerant = (text) => garbage.push(text);
    assert.is((await under.call('public/test')).error, undefined);
    assert.is(garbage.length, 1);
    assert.ok(frames.includes(garbage[0] ?? ''));
    assert.is(under.venue.faults.active.length, 0);
    await under.ask('public/test');
    assert.is(garbage.length, 1);
  });
});

wire('half_open: the socket stays and nothing flows, later connections work', async () => {
  await alive('half open', async (under) => {
    await under.ask('public/subscribe', { channels: [bookChannel] });
    const fault = under.venue.faults.trip('half_open');
    const lost = under.client.call('public/test');
    assert.equal(await arriving(under, 3_000), []);
    assert.not.ok(under.client.closed);
    const second = await under.connect();
    assert.is((await under.ports.settle(second.call('public/test'))).error, undefined);
    fault.end();
    assert.ok((await arriving(under, 2_000)).length > 0);
    assert.is(await Promise.race([lost, Promise.resolve('never')]), 'never');
  });
});

wire('half_open: a heartbeat that never left ends nothing', async () => {
  await withVenue('virtual', strict, async (under) => {
    await under.ask('public/set_heartbeat', { interval: 10 });
    under.venue.faults.trip('half_open');
    await under.ports.pass(60_000);
    assert.not.ok(under.client.closed);
    assert.is(under.venue.stats().sessions, 1);
  });
});

wire.run();
