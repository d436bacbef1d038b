import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { IdempotencyTable, keptUs } from '../../../daemon/http/idempotency.ts';
import { RateWindow } from '../../../daemon/http/rate-window.ts';
import type { OutboundHttpResponse } from '../../../streams/ports/index.ts';
import { codeOf } from '../../fixtures/system/requests.ts';

const idempotency = suite('idempotency');

class HandClock {
  us = 1_000_000_000;
  nowUs = (): number => 1_700_000_000_000_000 + this.us;
  monotonicUs = (): number => this.us;
}

function counted(): { run: () => Promise<OutboundHttpResponse>; runs: () => number } {
  let runs = 0;
  return {
    run: async () => {
      runs += 1;
      return { status: 200, body: `answer ${runs}` };
    },
    runs: () => runs,
  };
}

idempotency(
  'the same key and body runs once and answers the same, also while it runs',
  async () => {
    const table = new IdempotencyTable(new HandClock());
    const { run, runs } = counted();
    const [first, second] = await Promise.all([
      table.once('s', 'k', 'body', run),
      table.once('s', 'k', 'body', run),
    ]);
    const third = await table.once('s', 'k', 'body', run);
    assert.is(runs(), 1);
    assert.is(first, second);
    assert.is(first, third);
  },
);

idempotency('another body under the key is a conflict, another scope is another key', async () => {
  const table = new IdempotencyTable(new HandClock());
  const { run, runs } = counted();
  await table.once('owner /restore', 'k', 'body', run);
  assert.is(await codeOf(() => table.once('owner /restore', 'k', 'other', run)), 'CONFLICT');
  await table.once('owner /kill', 'k', 'body', run);
  await table.once('supervisor /kill', 'k', 'body', run);
  assert.is(runs(), 3);
});

idempotency('a refused command changed nothing and may be tried again', async () => {
  const table = new IdempotencyTable(new HandClock());
  const refuse = (): Promise<OutboundHttpResponse> => Promise.reject(new Error('refused'));
  await codeOf(() => table.once('s', 'k', 'body', refuse));
  const { run, runs } = counted();
  await table.once('s', 'k', 'body', run);
  assert.is(runs(), 1);
});

idempotency('a key is needed and has a form', async () => {
  const table = new IdempotencyTable(new HandClock());
  for (const key of [undefined, '', ' ', 'a b', 'a\nb', 'x'.repeat(129), 'schlüssel']) {
    const code = await codeOf(() => table.once('s', key, 'body', counted().run));
    assert.is(code, 'REQUEST_INVALID', JSON.stringify(key));
  }
});

idempotency(
  'an answer is kept for a day to the microsecond, and restored with its age',
  async () => {
    const clock = new HandClock();
    const table = new IdempotencyTable(clock);
    const { run, runs } = counted();
    const stored: OutboundHttpResponse = { status: 200, body: 'of an earlier run' };
    const hourUs = 3_600_000_000;
    table.restore('s', 'old', 'body', clock.nowUs() - hourUs, stored);
    assert.is(await table.once('s', 'old', 'body', run), stored);
    assert.is(await codeOf(() => table.once('s', 'old', 'other', run)), 'CONFLICT');
    clock.us += keptUs - hourUs;
    assert.is(await table.once('s', 'old', 'body', run), stored, 'a day old');
    clock.us += 1;
    await table.once('s', 'old', 'body', run);
    assert.is(runs(), 1, 'older than a day: forgotten');
  },
);

idempotency('a restored answer from a clock that ran ahead does not live for ever', async () => {
  const clock = new HandClock();
  const table = new IdempotencyTable(clock);
  table.restore('s', 'k', 'body', clock.nowUs() + 10 * keptUs, { status: 200 });
  clock.us += keptUs + 1;
  const { run, runs } = counted();
  await table.once('s', 'k', 'body', run);
  assert.is(runs(), 1);
});

idempotency('it is bounded: a flood of keys forgets the oldest', async () => {
  const table = new IdempotencyTable(new HandClock());
  const { run, runs } = counted();
  for (let key = 0; key <= 10_002; key += 1) await table.once('s', `k${key}`, 'body', run);
  const before = runs();
  await table.once('s', 'k10002', 'body', run);
  assert.is(runs(), before, 'the newest is known');
  await table.once('s', 'k0', 'body', run);
  assert.is(runs(), before + 1, 'the oldest is not');
});

idempotency('a rate window refuses beyond its limit, per key, until it is over', () => {
  const clock = new HandClock();
  const window = new RateWindow(clock, 1_000, 2);
  assert.equal([window.admit('a'), window.admit('a'), window.admit('a')], [true, true, false]);
  assert.ok(window.admit('b'));
  clock.us += 999_999;
  assert.not.ok(window.admit('a'));
  clock.us += 1;
  assert.ok(window.admit('a'));
});

idempotency.run();
