import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createVirtualWorld } from '../../../daemon/ports/virtual/index.ts';
import { failedMessage, isFailed, isReady } from '../../../daemon/up/child-messages.ts';
import { deathsMax, SupervisedChild } from '../../../daemon/up/supervised-child.ts';
import { type ErrorCode, HoldfastError } from '../../../streams/facts/errors.ts';
import type { Child, ChildHandlers, ChildSpec } from '../../../streams/ports/index.ts';

const supervised = suite('supervised child');

interface Bench {
  readonly child: SupervisedChild;
  readonly spawned: Array<{ spec: ChildSpec; handlers: ChildHandlers; signals: string[] }>;
  readonly notes: string[];
  readonly ready: number[];
  readonly givenUp: Array<[code: string, exitCode: number, message: string]>;
  readonly pass: (ms: number) => Promise<void>;
  /** The newest incarnation. */
  readonly now: () => { spec: ChildSpec; handlers: ChildHandlers; signals: string[] };
}

function bench(): Bench {
  const world = createVirtualWorld({
    seed: 1,
    startUs: 1_700_000_000_000_000,
    log: { level: 'silent' },
  });
  const { clock } = world.portsFor('supervisor');
  const spawned: Bench['spawned'] = [];
  const notes: string[] = [];
  const ready: number[] = [];
  const givenUp: Bench['givenUp'] = [];
  const spawn = (spec: ChildSpec, handlers: ChildHandlers): Child => {
    const signals: string[] = [];
    spawned.push({ spec, handlers, signals });
    return { pid: spawned.length, send: () => true, signal: (name) => void signals.push(name) };
  };
  const child = new SupervisedChild({
    ports: { clock, processes: { spawn } },
    name: 'daemon',
    spec: () => ({ modulePath: 'x', args: [String(spawned.length)] }),
    readyTimeoutMs: 30_000,
    onReady: () => ready.push(spawned.length),
    onNote: (line) => notes.push(line),
    onGivenUp: (error, exitCode) => givenUp.push([error.code, exitCode, error.message]),
  });
  const now = (): Bench['spawned'][number] => {
    const last = spawned.at(-1);
    if (last === undefined) throw new Error('nothing was spawned');
    return last;
  };
  return { child, spawned, notes, ready, givenUp, pass: (ms) => world.clock.runFor(ms), now };
}

const isUp = { type: 'ready', port: 1 };

function die(at: Bench, code: number | null, signal: string | null = null): void {
  at.now().handlers.onExit(code, signal);
}

supervised('it starts again after a growing pause, with a fresh specification', async () => {
  const at = bench();
  at.child.start();
  at.now().handlers.onMessage?.(isUp);
  for (const pauseMs of [300, 600, 1_200]) {
    const before = at.spawned.length;
    die(at, null, 'SIGKILL');
    await at.pass(pauseMs - 1);
    assert.is(at.spawned.length, before, `not before ${pauseMs} ms`);
    await at.pass(1);
    assert.is(at.spawned.length, before + 1);
  }
  assert.equal(at.now().spec.args, ['3']);
  assert.equal(at.givenUp, []);
});

supervised(
  'too many deaths within a minute and it gives up; spread out, it never does',
  async () => {
    const quick = bench();
    quick.child.start();
    for (let death = 0; death <= deathsMax; death += 1) {
      assert.equal(quick.givenUp, [], `death ${death}`);
      die(quick, 1);
      await quick.pass(9_700);
    }
    assert.is(quick.givenUp.length, 1);
    assert.is(quick.givenUp[0]?.[1], 1);
    assert.is(quick.spawned.length, deathsMax + 1);
    const slow = bench();
    slow.child.start();
    for (let death = 0; death < 20; death += 1) {
      die(slow, 1);
      await slow.pass(13_000);
    }
    assert.equal(slow.givenUp, []);
  },
);

const exits: Array<[code: number, failed: ErrorCode, wasReady: boolean, givesUp: boolean]> = [
  [5, 'PORT_IN_USE', false, true],
  [5, 'JOURNAL_LOCKED', true, false],
  [3, 'CONFIG_INVALID', false, true],
  [3, 'CONFIG_INVALID', true, true],
  [4, 'JOURNAL_DAMAGED', true, true],
  [8, 'STAGE_FORBIDDEN', true, true],
  [6, 'VENUE_AUTH', true, false],
  [1, 'INTERNAL', false, false],
];
for (const [code, failed, wasReady, givesUp] of exits) {
  const when = wasReady ? 'after it was ready' : 'at its first start';
  supervised(`${failed} ${when}: ${givesUp ? 'given up at once' : 'tried again'}`, async () => {
    const at = bench();
    at.child.start();
    if (wasReady) at.now().handlers.onMessage?.(isUp);
    at.now().handlers.onMessage?.(failedMessage(new HoldfastError(failed, 'because')));
    die(at, code);
    await at.pass(1_000);
    assert.is(at.spawned.length, givesUp ? 1 : 2);
    assert.equal(at.givenUp, givesUp ? [[failed, code, 'because']] : []);
  });
}

supervised('without a word of its own, its exit code and last line are told', () => {
  const at = bench();
  at.child.start();
  at.now().handlers.onStderr?.('Cannot find module');
  die(at, 3);
  assert.is(at.givenUp[0]?.[1], 3);
  assert.match(at.givenUp[0]?.[2] ?? '', /exit code 3.*Cannot find module/);
});

supervised('one that is never ready is killed, and tried again', async () => {
  const at = bench();
  at.child.start();
  await at.pass(29_999);
  assert.equal(at.now().signals, []);
  await at.pass(1);
  assert.equal(at.now().signals, ['SIGKILL']);
  die(at, null, 'SIGKILL');
  await at.pass(300);
  assert.is(at.spawned.length, 2);
  at.now().handlers.onMessage?.(isUp);
  await at.pass(60_000);
  assert.equal(at.now().signals, [], 'ready in time: left alone');
});

supervised('asked to stop it is not started again, and killed only after its grace', async () => {
  const at = bench();
  at.child.start();
  at.now().handlers.onMessage?.(isUp);
  let stopped = false;
  void at.child.stop(1_000).then(() => {
    stopped = true;
  });
  assert.equal(at.now().signals, ['SIGTERM']);
  await at.pass(999);
  assert.equal(at.now().signals, ['SIGTERM']);
  await at.pass(1);
  assert.equal(at.now().signals, ['SIGTERM', 'SIGKILL']);
  die(at, null, 'SIGKILL');
  await at.pass(60_000);
  assert.ok(stopped);
  assert.is(at.spawned.length, 1);
});

supervised('asked twice, both who asked are told, and the shorter grace holds', async () => {
  const at = bench();
  at.child.start();
  let told = 0;
  for (const graceMs of [5_000, 500]) {
    void at.child.stop(graceMs).then(() => {
      told += 1;
    });
  }
  await at.pass(500);
  assert.equal(at.now().signals, ['SIGTERM', 'SIGTERM', 'SIGKILL']);
  die(at, null, 'SIGKILL');
  await at.pass(10);
  assert.is(told, 2);
});

supervised('stopped during a pause it stays down', async () => {
  const at = bench();
  at.child.start();
  die(at, 1);
  await at.child.stop(1_000);
  await at.pass(60_000);
  assert.is(at.spawned.length, 1);
});

supervised('only well-formed messages count', () => {
  assert.ok(isReady(isUp));
  for (const other of [undefined, null, 'ready', {}, { type: 'failed' }])
    assert.not.ok(isReady(other));
  assert.ok(isFailed(failedMessage(new Error('x'))));
  for (const other of [
    { type: 'failed', code: 'NOPE', message: '' },
    { type: 'failed', code: 'USAGE' },
  ]) {
    assert.not.ok(isFailed(other));
  }
});

supervised.run();
