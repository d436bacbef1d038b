/** Kill anything: it comes back, trades again once reconciled, sends nothing twice, leaks nothing. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ask } from '../../fixtures/system/ask.ts';
import { until } from '../../fixtures/system/commands-run.ts';
import { factsOf } from '../../fixtures/system/journal-facts.ts';
import { ownerToken, supervisorToken, venueSecret } from '../../fixtures/system/profile-files.ts';
import { type RunningSystem, withSystem } from '../../fixtures/system/running-system.ts';
import { venueOrders } from '../../fixtures/system/venue-orders.ts';

const crashes = suite('crashes under up');

const secrets = [venueSecret, ownerToken, supervisorToken];

async function tradedMore(system: RunningSystem, orders: number): Promise<void> {
  await system.untilStatus((status) => status.orders.fills >= orders, `${orders} fills`);
}

/** One order at the venue per label, one intent in the ledger per order. */
async function assertNothingTwice(system: RunningSystem, moment: string): Promise<void> {
  const orders = await venueOrders(system.venueAddress);
  const labels = orders.map(({ label }) => label);
  assert.ok(labels.length > 0, `${moment}: the venue has orders`);
  assert.equal(labels.length, new Set(labels).size, `${moment}: no label twice`);
  const ledger = factsOf(system.dataDirectory, 'ledger');
  const intents = ledger.filter(({ event_type }) => event_type === 'order.intent');
  const known = new Set(intents.map(({ payload }) => String(payload.label)));
  const foreign = labels.filter((label) => !known.has(label));
  assert.equal(foreign, [], `${moment}: nothing was sent that is not in the ledger`);
  const fills = ledger.filter(({ event_type }) => event_type === 'fill.recorded');
  const trades = fills.map(({ payload }) => String(payload.trade_id));
  assert.equal(trades.length, new Set(trades).size, `${moment}: no fill is booked twice`);
}

async function daemonKilled(system: RunningSystem): Promise<void> {
  await tradedMore(system, 1);
  const before = system.count('daemon.ready');
  const run = (await system.status())?.run_id;
  process.kill(system.daemonPid, 'SIGKILL');
  await system.until(() => system.count('daemon.ready') > before, 'the daemon to come back');
  const status = await system.untilActive();
  assert.is.not(status.run_id, run, 'another run');
  await tradedMore(system, 1);
  await assertNothingTwice(system, 'after the daemon was killed');
}

/** Whether the venue has written down every order whose fill is booked. */
function venueRemembers(system: RunningSystem): boolean {
  const saved = readFileSync(join(system.dataDirectory, 'venue/venue-state.json'), 'utf8');
  const ledger = factsOf(system.dataDirectory, 'ledger');
  const filled = new Set(
    ledger
      .filter(({ event_type }) => event_type === 'fill.recorded')
      .map(({ payload }) => payload.intent_id),
  );
  return ledger
    .filter(
      ({ event_type, payload }) => event_type === 'order.intent' && filled.has(payload.intent_id),
    )
    .every(({ payload }) => saved.includes(String(payload.label)));
}

/**
 * SIGKILL, but not within the moment in which this venue could forget what it acknowledged: no real
 * one does, and a daemon rightly never trusts one that did.
 */
async function killVenue(system: RunningSystem): Promise<void> {
  await until(() => {
    process.kill(system.venuePid, 'SIGSTOP');
    if (venueRemembers(system)) return true;
    process.kill(system.venuePid, 'SIGCONT');
    return undefined;
  }, 'the venue to have written its state');
  process.kill(system.venuePid, 'SIGKILL');
}

async function venueKilled(system: RunningSystem): Promise<void> {
  const { pid } = JSON.parse(
    readFileSync(join(system.dataDirectory, 'endpoints.json'), 'utf8'),
  ) as { pid: number };
  const address = system.venueAddress;
  const before = system.count('venue.ready');
  await killVenue(system);
  await system.untilStatus(({ trading_mode }) => trading_mode === 'ReduceOnly', 'ReduceOnly');
  await system.until(() => system.count('venue.ready') > before, 'the venue to come back');
  assert.is(system.venueAddress, address, 'where the daemon knows it');
  await system.untilActive();
  assert.is(system.daemonPid, pid, 'the daemon lived through it');
  await assertNothingTwice(system, 'after the venue was killed');
}

async function storeKilled(system: RunningSystem): Promise<void> {
  const ready = (state: string): boolean => state === 'ready';
  await system.untilStatus(({ store }) => ready(store.state), 'the store to be ready', 40_000);
  const children = readFileSync(
    `/proc/${system.daemonPid}/task/${system.daemonPid}/children`,
    'utf8',
  );
  const storePid = Number(children.trim().split(' ')[0]);
  assert.ok(storePid > 0, 'the daemon parents the store');
  process.kill(storePid, 'SIGKILL');
  const without = await system.untilStatus(({ store }) => !ready(store.state), 'it to be missed');
  assert.is(without.trading_mode, 'Active', 'trading does not need the store');
  const back = await system.untilStatus(({ store }) => ready(store.state), 'it to be back', 40_000);
  assert.is(back.trading_mode, 'Active');
}

/** The text of every file, with the path of each. */
function filesUnder(directory: string): Array<[path: string, bytes: Buffer]> {
  return readdirSync(directory).flatMap((name) => {
    const path = join(directory, name);
    // The store works on: what is listed may be merged away before it is looked at.
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isDirectory()) return filesUnder(path);
    return stat?.isFile() ? [[path, readFileSync(path)] as [string, Buffer]] : [];
  });
}

/** C-709: journal, logs, store, state, status, metrics, documents, what `up` printed. */
async function assertNoSecret(system: RunningSystem): Promise<void> {
  const paths = ['/api/v1/status', '/metrics', '/openapi.json', '/readyz', '/api/v1/health'];
  const answers = await Promise.all(paths.map((path) => ask(`${system.statusUrl}${path}`)));
  const texts: Array<[string, Buffer]> = answers.map(({ text }, index) => [
    paths[index] ?? '',
    Buffer.from(text),
  ]);
  texts.push(['what up printed', Buffer.from(system.printed)]);
  const checked = await system.command(['config', 'check', '--json', '--profile', 'profile.yaml']);
  texts.push(['config check', Buffer.from(checked.out)]);
  const files = filesUnder(system.dataDirectory);
  assert.ok(files.length > 10, 'there are files to look into');
  for (const [where, bytes] of [...texts, ...files]) {
    for (const secret of secrets) {
      assert.not.ok(bytes.includes(secret), `${where} holds a secret`);
    }
  }
}

async function stopsClean(system: RunningSystem): Promise<void> {
  const startMs = performance.now();
  assert.is(await system.stop('SIGINT'), 0);
  assert.ok(performance.now() - startMs < 6_000, 'nothing had to be killed');
  assert.not.match(system.printed, /did not stop within/);
  const verified = await system.command(['verify']);
  assert.is(verified.exitCode, 0, verified.out + verified.err);
  const ended = factsOf(system.dataDirectory, 'control').at(-1);
  assert.ok(ended !== undefined);
}

crashes(
  'daemon, venue and store come back, nothing is sent twice, no secret gets out',
  async () => {
    const wiring = { store: { kind: 'embedded' } };
    await withSystem({ wiring, guard: { reason_clear_stable_s: 1 } }, async (system) => {
      await system.untilActive();
      await daemonKilled(system);
      await venueKilled(system);
      await storeKilled(system);
      await assertNoSecret(system);
      await stopsClean(system);
      const intents = (): number =>
        factsOf(system.dataDirectory, 'ledger').filter(
          ({ event_type }) => event_type === 'order.intent',
        ).length;
      const before = intents();
      await system.start();
      await system.untilActive();
      await until(() => intents() > before || undefined, 'it to trade again', 30_000);
      await assertNothingTwice(system, 'after a clean restart');
    });
  },
);

crashes.run();
