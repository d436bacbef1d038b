/** Starts that cannot work end at once, with one clear error, its exit code, and nothing left behind. */
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  writeSync,
} from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runCommand, until, withDirectory } from '../../fixtures/system/commands-run.ts';
import { setAt } from '../../fixtures/system/configuration.ts';
import { writeConfiguration } from '../../fixtures/system/profile-files.ts';
import { RunningSystem, withSystem } from '../../fixtures/system/running-system.ts';

const refusals = suite('refused starts');

/** A start that is refused must not take longer than a start. */
const refusedWithinMs = 15_000;

async function withBusyPort(work: (port: number) => Promise<void>): Promise<void> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await work((server.address() as AddressInfo).port);
  } finally {
    server.close();
  }
}

interface ErrorDocument {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly details: { readonly problems?: ReadonlyArray<{ readonly path: string }> };
  };
}

function errorOf(out: string): ErrorDocument['error'] {
  const line = out.split('\n').find((text) => text.startsWith('{"error"'));
  return (JSON.parse(line ?? '{}') as ErrorDocument).error;
}

refusals(
  'a wrong configuration exits 3 with every problem of every file and variable',
  async () => {
    await withDirectory(async (directory) => {
      const path = writeConfiguration(directory, {
        edit: ({ profile, policy }) => {
          setAt(profile, 'wiring.status', { prot: 1 });
          setAt(profile, 'policy.strategies.0.parameters.hold_s_max', '20s');
          setAt(policy, 'execution.order_ack_timeout_s', 2);
          setAt(policy, 'guard.mm_util_kill', 7);
        },
      });
      const environment = { HOLDFAST_WIRING__CONTROL__PORT: 'eighty' };
      const args = ['up', '--profile', path];
      const { exitCode, err } = await runCommand(directory, args, environment);
      assert.is(exitCode, 3);
      assert.match(err, /^CONFIG_INVALID {2}the configuration has 5 problems/);
      assert.match(
        err,
        /wiring\.status\.prot: unknown key: did you mean port\? {3}\[.*profile\.yaml\]/,
      );
      assert.match(
        err,
        /wiring\.control\.port: expected number.* {3}\[HOLDFAST_WIRING__CONTROL__PORT\]/,
      );
      assert.match(err, /policy\.strategies\.0\.parameters\.hold_s_max: expected number/);
      assert.match(
        err,
        /execution\.order_ack_timeout_s: unknown key: did you mean order_ack_timeout_ms\?/,
      );
      assert.match(err, /guard\.mm_util_kill: Too big: expected number to be <=1.*policy\.yaml/);
      const json = await runCommand(
        directory,
        ['config', 'check', '--json', '--profile', path],
        environment,
      );
      assert.is(json.exitCode, 3);
      const document = JSON.parse(json.out) as ErrorDocument;
      assert.is(document.error.details.problems?.length, 5);
      assert.not.ok(existsSync(join(directory, '.holdfast')), 'nothing was created');
    });
  },
);

refusals('a required key that is missing starts, listed, with OPEN blocked', async () => {
  const edit = ({ policy }: { policy: Record<string, unknown> }): void => {
    setAt(policy, 'execution.max_position_usd', undefined);
  };
  await withSystem({ edit }, async (system) => {
    const told = system.events.find(({ event }) => event === 'config.missing') as
      | { readonly key?: string }
      | undefined;
    assert.is(told?.key, 'execution.max_position_usd');
    const status = await system.untilStatus(
      ({ orders }) => orders.rejected_by_gates > 0,
      'an intent to be refused',
    );
    assert.equal(status.policy_missing_required, ['execution.max_position_usd']);
    assert.is(status.orders.dispatched, 0);
  });
});

refusals('a busy port exits 5 and says which, without a crash loop', async () => {
  for (const name of ['status', 'control', 'simulated_venue']) {
    await withBusyPort(async (port) => {
      await withDirectory(async (directory) => {
        const system = new RunningSystem(directory, { wiring: { [name]: { port } } });
        const startMs = performance.now();
        try {
          system.spawnUp();
          assert.is(await system.exited(), 5, name);
          const error = errorOf(system.printed);
          assert.is(error.code, 'PORT_IN_USE');
          assert.match(error.message, new RegExp(`127\\.0\\.0\\.1:${port}`));
          assert.is(system.printed.split('starting again').length, 1, 'no second try');
          assert.ok(performance.now() - startMs < refusedWithinMs);
        } finally {
          await system.end();
        }
      });
    });
  }
});

/** Flips one byte in the middle of what a stream has written. */
function damage(dataDirectory: string, stream: string): string {
  const directory = join(dataDirectory, 'journal', stream);
  const segment = readdirSync(directory).find((name) => name.endsWith('.seg')) ?? '';
  const path = join(directory, segment);
  const bytes = readFileSync(path);
  const written = bytes.findLastIndex((byte) => byte !== 0);
  const at = Math.floor(written / 2);
  const file = openSync(path, 'r+');
  const one = Buffer.alloc(1);
  readSync(file, one, 0, 1, at);
  writeSync(file, Buffer.from([(one[0] ?? 0) ^ 0xff]), 0, 1, at);
  closeSync(file);
  return segment;
}

refusals(
  'a damaged journal exits 4, naming offset and repair command, and the repair works',
  async () => {
    await withSystem({}, async (system) => {
      await system.untilStatus(({ orders }) => orders.fills > 0, 'a fill');
      assert.is(await system.stop(), 0);
      const segment = damage(system.dataDirectory, 'ledger');
      const verified = await system.command(['verify']);
      assert.is(verified.exitCode, 4);
      assert.match(verified.out, new RegExp(`ledger/${segment} at byte \\d+ \\(record \\d+\\)`));
      system.spawnUp();
      assert.is(await system.exited(), 4);
      const error = errorOf(system.printed);
      assert.is(error.code, 'JOURNAL_DAMAGED');
      assert.match(error.message, /at byte \d+ \(record offset \d+\)/);
      assert.match(error.message, /holdfast repair/);
      const out = join(system.directory, 'repaired');
      const repaired = await system.command(['repair', '--out', out]);
      assert.is(repaired.exitCode, 0, repaired.err);
      assert.match(repaired.out, /copied/);
      const journal = join(system.dataDirectory, 'journal');
      renameSync(journal, `${journal}.damaged`);
      renameSync(out, journal);
      assert.is((await system.command(['verify'])).exitCode, 0, 'the copy is whole');
      await system.start();
      await system.untilStatus(() => true, 'a status after the repair');
    });
  },
);

const isGone = (pid: number): boolean => !existsSync(`/proc/${pid}`);

refusals('neither a second signal nor a dead supervisor leaves anything running', async () => {
  await withSystem({}, async (system) => {
    await system.untilActive();
    const first = { daemon: system.daemonPid, venue: system.venuePid };
    process.kill(system.upPid, 'SIGSTOP');
    process.kill(system.upPid, 'SIGINT');
    process.kill(system.upPid, 'SIGTERM');
    process.kill(system.upPid, 'SIGCONT');
    assert.is(await system.exited(), 130);
    await until(
      () => (isGone(first.daemon) && isGone(first.venue)) || undefined,
      'both to be gone',
    );
    await system.start();
    await system.untilActive();
    const second = { daemon: system.daemonPid, venue: system.venuePid };
    process.kill(system.upPid, 'SIGKILL');
    await until(
      () => (isGone(second.daemon) && isGone(second.venue)) || undefined,
      'them to follow',
    );
    const endpoints = join(system.dataDirectory, 'endpoints.json');
    assert.not.ok(existsSync(endpoints), 'the daemon stopped in order');
  });
});

refusals.run();
