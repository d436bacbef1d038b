/** Real log files, secrets and host readings: nothing planted comes out, nothing lost at the end. */
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, inspect } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hideSecret, productionPorts } from '../../../daemon/ports/production/index.ts';
import { openLogDestination } from '../../../daemon/ports/production/log-destination.ts';
import { createVirtualWorld } from '../../../daemon/ports/virtual/index.ts';
import { HoldfastError } from '../../../streams/facts/errors.ts';
import type { Ports } from '../../../streams/ports/index.ts';
import { untilTrue, withDirectory } from '../../fixtures/ports.ts';

const telemetry = suite('telemetry');
const stalledModule = fileURLToPath(new URL('../../fixtures/ports-stalled.js', import.meta.url));
const planted = 'pl4nted-secret-value';

function makePorts(file: string, environment: Record<string, string>): Ports {
  return productionPorts({ log: { level: 'info', destination: file }, environment });
}

telemetry('no planted secret reaches the log, however it is logged', () =>
  withDirectory(async (directory) => {
    const file = join(directory, 'daemon.log');
    const ports = makePorts(file, { CLIENT_SECRET: planted });
    const secret = ports.secrets.get('CLIENT_SECRET');
    const value = secret?.reveal() ?? '';
    assert.is(value, planted);
    const log = ports.telemetry.log.child({ run_id: 'r1', note: `made with ${value}` });
    log.info(`connecting with ${value}`, { url: `https://x/auth?client_secret=${value}` });
    log.warn('nested', { a: { b: { c: { d: [{ apiKey: 'other' }, value] } } }, secret });
    const cause = new HoldfastError('VENUE_AUTH', `refused ${value}`);
    log.error('failed', { error: new Error(`login ${value}`, { cause }) });
    log.fatal('last words', { [value]: 1, frame: `{"client_secret":"${value}"}` });
    const text = readFileSync(file, 'utf8');
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.is(lines.length, 4);
    assert.not.match(text, planted);
    assert.not.match(text, 'other');
    assert.not.match(text, Buffer.from(planted).toString('base64'));
    assert.equal(
      lines.map((line) => line.level),
      ['info', 'warn', 'error', 'fatal'],
    );
    assert.is(lines[0].event, 'connecting with ***');
    assert.is(lines[0].run_id, 'r1');
    assert.match(lines[0].ts_utc, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    assert.is(lines[2].error.cause.code, 'VENUE_AUTH');
  }),
);

telemetry('a secret prints as *** in every way a value can be printed', () => {
  const secret = hideSecret(planted);
  const prints = [
    String(secret),
    ['a', secret].join(),
    JSON.stringify({ secret }),
    inspect(secret),
    inspect({ deep: [secret] }, { depth: 9, showHidden: true }),
    format('%s %o %j', secret, secret, secret),
    Object.values(secret).join(),
    Object.getOwnPropertyNames(secret).join(),
  ];
  for (const print of prints) assert.not.match(print, 'pl4nted');
  assert.is(String(secret), '***');
  assert.is(inspect(secret), '***');
  assert.is(secret.reveal(), planted);
});

telemetry('a secret comes from its name, or from the file of its twin, or not at all', () =>
  withDirectory(async (directory) => {
    const file = join(directory, 'secret');
    writeFileSync(file, `${planted}\n`);
    const { secrets } = makePorts(join(directory, 'log'), {
      A: 'plain',
      B_FILE: file,
      C: '',
      D_FILE: join(directory, 'none'),
    });
    assert.is(secrets.get('A')?.reveal(), 'plain');
    assert.is(secrets.get('B')?.reveal(), planted);
    assert.is(secrets.get('C'), undefined);
    assert.throws(
      () => secrets.get('D'),
      (error: HoldfastError) => error.code === 'SECRET_MISSING' && error.message.includes('D_FILE'),
    );
    assert.is(secrets.get('E'), undefined);
  }),
);

telemetry('the virtual log hides the secrets of its node too', () => {
  const node = createVirtualWorld({ seed: 1, startUs: 0 }).node('n', { secrets: { S: planted } });
  const value = node.ports.secrets.get('S')?.reveal() ?? '';
  node.ports.telemetry.log.info(`with ${value}`, { list: [value] });
  assert.is(node.logLines.length, 1);
  assert.not.match(JSON.stringify(node.logLines), planted);
});

telemetry(
  'a log that cannot be written costs lines, counts them, and never hangs the end',
  async () => {
    const destination = openLogDestination('/dev/full');
    for (let line = 0; line < 5; line += 1) destination.write(`line ${line}\n`);
    destination.flushSync();
    await new Promise((resolve) => setTimeout(resolve, 20));
    destination.flushSync();
    assert.is(destination.droppedLines, 5);
  },
);

telemetry('a process whose stderr nobody reads can still end, with its code', () =>
  withDirectory(async (directory) => {
    const fifo = join(directory, 'fifo');
    execFileSync('mkfifo', [fifo]);
    const unread = openSync(fifo, 'r+');
    const ports = makePorts(join(directory, 'log'), {});
    try {
      for (const stderr of ['pipe', unread] as const) {
        const exits: unknown[] = [];
        const child = spawn(process.execPath, [stalledModule], {
          stdio: ['ignore', 'ignore', stderr],
        });
        child.on('exit', (code, signal) => exits.push(code ?? signal));
        try {
          await untilTrue(ports, () => exits.length === 1, `the exit with stderr ${stderr}`);
        } finally {
          child.kill('SIGKILL');
        }
        assert.equal(exits, [5]);
      }
    } finally {
      closeSync(unread);
    }
  }),
);

telemetry('a log file that cannot be opened is said at start', () => {
  assert.throws(
    () => makePorts('/no/such/directory/log', {}),
    (error: HoldfastError) => error.code === 'CONFIG_INVALID',
  );
});

telemetry("metrics come with Node's own, in one text", () =>
  withDirectory(async (directory) => {
    const ports = makePorts(join(directory, 'log'), {});
    ports.telemetry.metrics.counter('holdfast_market_book_gaps_total').increment();
    const text = await ports.telemetry.metrics.render();
    assert.match(text, /\nholdfast_market_book_gaps_total 1\n/);
    assert.match(text, /\nnodejs_heap_size_total_bytes \d+/);
    assert.match(text, /\nholdfast_log_dropped_lines 0\n/);
  }),
);

telemetry('the host knows itself: boot, start, memory, and a loop that was blocked', () =>
  withDirectory(async (directory) => {
    const { host, clock } = makePorts(join(directory, 'log'), {});
    assert.is(host.pid, process.pid);
    assert.match(host.bootId, /^[0-9a-f-]{36}$/);
    assert.match(host.processStartTicks(process.pid) ?? '', /^\d+$/);
    assert.is(host.processStartTicks(2 ** 30), undefined);
    assert.ok(host.memory().rssBytes > 1e6 && host.cpuSeconds() > 0);
    await clock.sleep(30);
    host.loopDelay(true);
    const untilUs = clock.monotonicUs() + 60_000;
    while (clock.monotonicUs() < untilUs);
    const delay = host.loopDelay(true);
    assert.ok(delay.maxMs > 40 && delay.maxMs < 1_000, `${delay.maxMs}`);
    await clock.sleep(50);
    const later = host.loopDelay();
    assert.ok(later.p50Ms < 20 && later.p50Ms <= later.p99Ms && later.p99Ms <= later.maxMs);
  }),
);

telemetry('stop signals are counted from 1', async () => {
  await withDirectory(async (directory) => {
    const ports = makePorts(join(directory, 'log'), {});
    const seen: string[] = [];
    const stop = ports.host.onStopSignal((signal, count) => void seen.push(`${signal} ${count}`));
    process.kill(process.pid, 'SIGTERM');
    await untilTrue(ports, () => seen.length === 1, 'the first signal');
    process.kill(process.pid, 'SIGINT');
    await untilTrue(ports, () => seen.length === 2, 'the second signal');
    stop();
    assert.equal(seen, ['SIGTERM 1', 'SIGINT 2']);
  });
});

telemetry.run();
