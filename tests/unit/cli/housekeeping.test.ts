import { execFileSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { typed } from '../../fixtures/system/command-line.ts';
import { withDirectory } from '../../fixtures/system/commands-run.ts';
import { writeConfiguration } from '../../fixtures/system/profile-files.ts';

const housekeeping = suite('housekeeping commands');

interface Explained {
  readonly values: ReadonlyArray<{ path: string; value: unknown; source: string }>;
  readonly secrets: ReadonlyArray<{ name: string; present: boolean; needed: string }>;
  readonly missing_required: string[];
}

async function explained(
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<Explained> {
  const { out } = await typed(['config', 'check', '--json', ...args], variables);
  return JSON.parse(out) as Explained;
}

housekeeping('config check tells where every value comes from', async () => {
  const { values } = await explained([], { HOLDFAST_WIRING__STATUS__PORT: '1234' });
  const sourceOf = (path: string): string | undefined =>
    values.find((value) => value.path === path)?.source;
  assert.is(sourceOf('wiring.status.port'), 'HOLDFAST_WIRING__STATUS__PORT');
  assert.is(sourceOf('wiring.control.port'), 'default');
  assert.is(sourceOf('wiring.venue.client_id'), 'profile');
  assert.is(sourceOf('policy.strategies.0.parameters.enter_bps'), 'profile');
  assert.is(sourceOf('policy.strategies.0.decision_deadline_ms'), 'default');
  assert.is(sourceOf('launch_policy.execution.max_position_usd'), 'policy');
  assert.is(sourceOf('launch_policy.guard.guard_tick_ms'), 'default');
});

housekeeping('config check knows secrets by name and never shows one', async () => {
  const secret = 'hush-hush-hush-hush';
  const variables = { HOLDFAST_TOKEN_OWNER: secret, HOLDFAST_VENUE_CLIENT_SECRET_FILE: '/run/x' };
  const { out } = await typed(['config', 'check'], variables);
  assert.not.match(out, secret);
  const { secrets } = await explained([], variables);
  const present = secrets.filter((row) => row.present).map(({ name }) => name);
  assert.equal(present, ['HOLDFAST_VENUE_CLIENT_SECRET', 'HOLDFAST_TOKEN_OWNER']);
  const bare = await explained(['--profile', 'paper']);
  const needed = bare.secrets.filter((row) => row.needed === 'yes').map(({ name }) => name);
  assert.equal(needed, ['HOLDFAST_VENUE_CLIENT_SECRET']);
});

housekeeping(
  'config check exits 3 with the problems, and 0 with what is only missing',
  async () => {
    await withDirectory(async (directory) => {
      const incomplete = writeConfiguration(directory, {
        edit: ({ policy }) => {
          delete (policy.execution as Record<string, unknown>).min_edge_usd;
        },
      });
      const checked = await typed(['config', 'check', '--profile', incomplete]);
      assert.is(checked.exitCode, 0);
      assert.match(checked.out, /missing {2}launch_policy\.execution\.min_edge_usd is required/);
      writeFileSync(incomplete, 'nothing: here\n');
      assert.is((await typed(['config', 'check', '--profile', incomplete])).exitCode, 3);
    });
  },
);

interface Doctored {
  readonly ok: boolean;
  readonly findings: ReadonlyArray<{ check: string; state: string; detail: string }>;
}

housekeeping('doctor looks without leaving anything behind, and names a taken port', async () => {
  await withDirectory(async (directory) => {
    const profile = writeConfiguration(directory);
    const data = join(directory, 'not', 'there', 'yet');
    const args = ['doctor', '--json', '--profile', profile, '--data', data];
    const before = readdirSync(directory).sort();
    const healthy = await typed(args);
    assert.is(healthy.exitCode, 0, healthy.out);
    assert.equal(readdirSync(directory).sort(), before);
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const busy = await typed(args, { HOLDFAST_WIRING__STATUS__PORT: String(port) });
      assert.is(busy.exitCode, 5);
      const { findings } = JSON.parse(busy.out) as Doctored;
      const finding = findings.find(({ check }) => check === 'status port');
      assert.is(finding?.state, 'missing');
      assert.match(finding?.detail ?? '', /HOLDFAST_WIRING__STATUS__PORT/);
    } finally {
      server.close();
    }
  });
});

housekeeping('doctor shows a wrong configuration as what is missing', async () => {
  await withDirectory(async (directory) => {
    const path = join(directory, 'profile.yaml');
    writeFileSync(path, 'a: 1\n');
    const { exitCode, out } = await typed([
      'doctor',
      '--json',
      '--profile',
      path,
      '--data',
      directory,
    ]);
    assert.is(exitCode, 5);
    const { findings } = JSON.parse(out) as Doctored;
    assert.is(findings.find(({ check }) => check === 'configuration')?.state, 'missing');
  });
});

housekeeping('verify and repair do not take an absent journal for a whole one', async () => {
  await withDirectory(async (data) => {
    for (const args of [['verify'], ['repair', '--out', join(data, 'copy')]]) {
      const { exitCode, err } = await typed([...args, '--data', data]);
      assert.is(exitCode, 8);
      assert.match(err, /NOT_FOUND.*no journal in/);
    }
    assert.equal(readdirSync(data), []);
  });
});

/** What the shell would offer after these words. */
function offered(script: string, words: readonly string[]): string[] {
  const quoted = words.map((word) => `'${word}'`).join(' ');
  const tail = `\nCOMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _holdfast; echo "\x24{COMPREPLY[*]}"`;
  return execFileSync('bash', ['-c', script + tail], { encoding: 'utf8' })
    .trim()
    .split(/\s+/);
}

housekeeping('the completion script offers commands and their options', async () => {
  const { out } = await typed(['completion']);
  assert.equal(offered(out, ['holdfast', 'sta']), ['status']);
  assert.equal(offered(out, ['holdfast', 'seal', '']), ['import', '--help']);
  assert.ok(offered(out, ['holdfast', 'attach', 'orders', '--']).includes('--from'));
  assert.ok(offered(out, ['holdfast', '']).includes('reduce-only'));
});

housekeeping.run();
