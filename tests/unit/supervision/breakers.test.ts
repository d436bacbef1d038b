/** Circuit breakers: closed, open, one probe, closed again; one machine, many keys. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Breakers } from '../../../actors/supervision/index.ts';
import { createVirtualWorld } from '../../../daemon/ports/virtual/index.ts';
import { asHoldfastError, HoldfastError } from '../../../streams/facts/errors.ts';

const breakers = suite('circuit breakers');

type Key = 'venue_rest' | 'store';

function bench() {
  const world = createVirtualWorld({ seed: 2, startUs: 1_700_000_000_000_000 });
  const row = {
    limits: { failuresMax: 3, windowUs: 60_000_000 },
    pauseMs: { first: 10_000, last: 40_000 },
  };
  const board = new Breakers({
    ports: world.portsFor('breakers'),
    settings: { venue_rest: row, store: row },
  });
  let calls = 0;
  const call = async (fails: boolean, key: Key = 'venue_rest'): Promise<string> => {
    try {
      return await board.call(key, () => {
        calls += 1;
        return fails
          ? Promise.reject(new HoldfastError('NETWORK_TIMEOUT', 'none'))
          : Promise.resolve('answer');
      });
    } catch (error) {
      return asHoldfastError(error).code;
    }
  };
  const state = (key: Key = 'venue_rest') => board.all.find((row) => row.key === key)?.state;
  return { board, call, state, calls: () => calls, pass: (ms: number) => world.clock.runFor(ms) };
}

breakers('the third failure within the window opens it; then nothing is called', async () => {
  const { board, call, state, calls } = bench();
  await call(true);
  await call(true);
  assert.is(state(), 'closed');
  assert.is(await call(true), 'NETWORK_TIMEOUT');
  assert.is(state(), 'open');
  assert.is(await call(false), 'CIRCUIT_OPEN');
  assert.is(calls(), 3);
  assert.is(board.all[0]?.lastCode, 'NETWORK_TIMEOUT');
  assert.ok((board.all[0]?.probeInMs ?? 0) > 0);
});

breakers('failures further apart than the window do not open it', async () => {
  const { call, state, pass } = bench();
  for (let round = 0; round < 6; round += 1) {
    await call(true);
    await pass(31_000);
  }
  assert.is(state(), 'closed');
});

breakers(
  'after the pause one probe goes out: a success closes, a failure opens for longer',
  async () => {
    const { call, state, calls, pass, board } = bench();
    for (let round = 0; round < 3; round += 1) await call(true);
    await pass(15_100); // the first pause with all its chance
    assert.is(await call(true), 'NETWORK_TIMEOUT', 'the probe');
    assert.is(state(), 'open');
    assert.is(await call(false), 'CIRCUIT_OPEN');
    await pass(30_100);
    const [probe, second] = await Promise.all([call(false), call(false)]);
    assert.equal([probe, second], ['answer', 'CIRCUIT_OPEN'], 'one probe, not two');
    assert.is(state(), 'closed');
    assert.is(board.all[0]?.failures, 0);
    assert.is(calls(), 5);
  },
);

breakers('keys do not open each other', async () => {
  const { call, state } = bench();
  for (let round = 0; round < 3; round += 1) await call(true);
  assert.is(await call(false, 'store'), 'answer');
  assert.equal([state(), state('store')], ['open', 'closed']);
});

breakers(
  'an outcome told later counts as well: half open by itself, one probe, its answer decides',
  async () => {
    const { board, state, pass } = bench();
    const seen: string[] = [];
    board.onChange('store', (to) => void seen.push(to));
    for (let round = 0; round < 3; round += 1) board.failed('store', 'VENUE_BUSY');
    assert.is(board.mayCall('store'), false);
    await pass(15_100);
    assert.is(state('store'), 'half_open', 'nobody had to ask');
    assert.is(board.mayCall('store'), true);
    board.began('store');
    assert.is(board.mayCall('store'), false, 'the probe is out');
    board.succeeded('store');
    assert.is(board.mayCall('store'), true);
    assert.equal(seen, ['open', 'half_open', 'closed']);
  },
);

breakers.run();
