/** `holdfast run`: one world, one outcome, at any speed and in any process. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type SealImportRequest, sealImport } from '../../../actors/ingress/oracle/index.ts';
import type { RunSummary } from '../../../daemon/run/summary.ts';
import { note } from '../../fixtures/evidence.ts';
import { runDirectory, runProcess, runSummary, sameness } from '../../fixtures/run-command.ts';
import { type OracleFixture, withOracle } from '../../fixtures/worlds/oracle.ts';
import { sealWalkingWorld } from '../../fixtures/worlds/walking-world.ts';

const run = suite('replay');

const profiles = fileURLToPath(new URL('../../../../daemon/profiles', import.meta.url));
const data = resolve('..', 'shared', 'data');

const walking = { scenarioId: 'walking', seed: '1', seconds: 20 };

function withWalkingWorld(
  work: (
    oracle: OracleFixture,
    play: (options: PlayOptions) => Promise<RunSummary>,
  ) => Promise<void>,
): Promise<void> {
  return withOracle(async (oracle) => {
    sealWalkingWorld(oracle.ports, oracle.root, walking);
    await work(oracle, ({ name, ...options }) =>
      runSummary({
        root: oracle.root,
        world: walking.scenarioId,
        out: runDirectory(oracle.scratch, name),
        ...options,
      }),
    );
  });
}

interface PlayOptions {
  readonly name: string;
  readonly world?: string;
  readonly speed?: string;
  readonly profile?: string;
}

run('the same world gives the same decisions, intents and fills at any speed, in any process', () =>
  withWalkingWorld(async (_oracle, play) => {
    const first = await play({ name: 'first' });
    assert.ok(first.decisions.count > 5, `${first.decisions.count} decisions`);
    assert.ok(first.intents.count > 5);
    assert.ok(first.fills.count > 5);
    const again = await play({ name: 'again' });
    const paced = await play({ name: 'paced', speed: '20' });
    for (const other of [again, paced]) {
      assert.equal(sameness(other), sameness(first));
      assert.is.not(other.run_id, first.run_id);
    }
    assert.ok(paced.wall_s > 1, 'the paced run kept its pace');
    for (const [speed, each] of Object.entries({ max: first, again, 'paced, 20 times': paced })) {
      note('determinism', { what: `run of one world, ${speed}`, ...sameness(each) });
    }
  }),
);

run('a run ends with its recording: Active, nothing in flight, nothing in doubt', () =>
  withWalkingWorld(async (_oracle, play) => {
    const { trading_mode, mode_reasons, in_doubt } = await play({ name: 'end' });
    assert.equal(
      { trading_mode, mode_reasons, in_doubt },
      {
        trading_mode: 'Active',
        mode_reasons: [],
        in_doubt: 0,
      },
    );
  }),
);

run('other parameters, or another seed of the market, decide otherwise', () =>
  withWalkingWorld(async (oracle, play) => {
    const first = await play({ name: 'first' });
    const shipped = readFileSync(join(profiles, 'replay.yaml'), 'utf8');
    const policy = join(profiles, '..', 'policies', 'replay.yaml');
    const profile = join(oracle.scratch, 'other.yaml');
    const changed = shipped
      .replace('enter_bps: 5', 'enter_bps: 4.5')
      .replace('../policies/replay.yaml', policy);
    assert.is.not(changed, shipped);
    writeFileSync(profile, changed);
    const parameters = await play({ name: 'parameters', profile });
    sealWalkingWorld(oracle.ports, oracle.root, { ...walking, scenarioId: 'other', seed: '2' });
    const seed = await play({ name: 'seed', world: 'other' });
    for (const other of [parameters, seed]) {
      assert.is.not(other.decisions.digest, first.decisions.digest);
      assert.is.not(other.intents.digest, first.intents.digest);
    }
  }),
);

run('a directory that holds another run is refused, and left as it is', () =>
  withWalkingWorld(async ({ root, scratch }, play) => {
    const first = await play({ name: 'taken' });
    const out = runDirectory(scratch, 'taken');
    const second = await runProcess({ root, world: walking.scenarioId, out });
    assert.is(second.exitCode, 8);
    assert.match(second.stdout + second.stderr, /CONFLICT/);
    const kept = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')) as RunSummary;
    assert.is(kept.run_id, first.run_id);
  }),
);

run('an unknown world, or a speed that is none, ends with its code', () =>
  withWalkingWorld(async ({ root, scratch }) => {
    const base = { root, world: walking.scenarioId, out: runDirectory(scratch, 'bad') };
    const none = await runProcess({ ...base, world: 'nothing' });
    assert.match(none.stdout + none.stderr, /WORLD_NOT_FOUND/);
    assert.is.not(none.exitCode, 0);
    for (const speed of ['0', '-1', 'fast']) {
      assert.is((await runProcess({ ...base, speed })).exitCode, 2);
    }
    assert.is(existsSync(base.out), false);
  }),
);

run('a paced run that is interrupted says so', () =>
  withWalkingWorld(async ({ root, scratch }) => {
    const out = runDirectory(scratch, 'cut');
    const cut = await runProcess({
      root,
      world: walking.scenarioId,
      out,
      speed: '0.1',
      // Written when the daemon starts to look.
      interruptAt: 'day.json',
    });
    assert.is(cut.exitCode, 130);
    assert.is(existsSync(join(out, 'run.json')), false);
  }),
);

/** Seals a recording where there is one; says loudly where there is none. */
function withRecording(
  title: string,
  request: SealImportRequest,
  work: (play: (name: string, speed?: string) => Promise<RunSummary>) => Promise<void>,
): void {
  run(title, async () => {
    if (!existsSync(data)) {
      process.stdout.write(`\nSKIP ${title}: no recordings in ../shared/data\n`);
      return;
    }
    await withOracle(async ({ ports, root, scratch }) => {
      await sealImport(ports, root, request);
      await work((name, speed = 'max') => {
        const out = runDirectory(scratch, name);
        return runSummary({ root, world: request.scenarioId, out, speed });
      });
    });
  });
}

const coinm: SealImportRequest = {
  scenarioId: 'coinm-2024-08-08',
  format: 'binance-coinm',
  licence: 'MIT, nkaz001/hftbacktest',
  sources: [
    { path: join(data, 'binance-coinm/btcusd_perp_20240808.gz'), as: 'BTC-PERPETUAL' },
    { path: join(data, 'binance-coinm/ethusd_perp_20240808.gz'), as: 'ETH-PERPETUAL' },
  ],
};

withRecording('the perpetual tape is traded, twice the same', coinm, async (play) => {
  const first = await play('first');
  assert.is(first.events_admitted, 79_844);
  assert.ok(first.intents.count > 100, `${first.intents.count} intents`);
  assert.ok(first.fills.count > 100, `${first.fills.count} fills`);
  assert.is(first.trading_mode, 'Active');
  assert.equal(sameness(await play('second')), sameness(first));
});

const options: SealImportRequest = {
  scenarioId: 'deribit-options-2021-04-05',
  format: 'deribit-raw',
  licence: 'XFree86-style, bmoscon/cryptofeed',
  sources: [{ path: join(data, 'deribit/options-raw-2021-04-05.txt') }],
  instrumentsPath: join(data, 'deribit/instruments-2021-04-17.txt'),
};

withRecording('the options capture is traded, refusals on record', options, async (play) => {
  const first = await play('first');
  assert.is(first.events_admitted, 460);
  assert.ok(first.intents.count >= 4, `${first.intents.count} intents`);
  assert.ok(first.fills.count >= 4, `${first.fills.count} fills`);
  assert.ok((first.refusals.by_code.LiquidityGateNoL2 ?? 0) > 0);
  assert.equal(sameness(await play('paced', '40')), sameness(first));
});

run.run();
