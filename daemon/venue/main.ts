/**
 * The simulated venue as a process of its own. Arguments: `--host --port --seed --world --speed
 * --client-id --state --hold --matching-rate --faults FILE --ordering strict|free
 * --pace quiet|recorded --log`. Secrets come by environment only:
 * HOLDFAST_VENUE_CLIENT_SECRET, and HOLDFAST_VENUE_ADMIN_TOKEN to allow faults on command. Tells the
 * parent `{type: 'ready', port}`; ends when asked to stop or when the parent is gone.
 */
import { parseArgs } from 'node:util';
import { asHoldfastError, HoldfastError } from '../../streams/facts/errors.ts';
import type { Ports } from '../../streams/ports/index.ts';
import {
  generator,
  type MarketSource,
  recordedRates,
  replay,
} from '../../streams/venues/simulated/index.ts';
import { openWorld } from '../../streams/worlds/index.ts';
import { parentProcessLink, productionPorts } from '../ports/production/index.ts';
import { parseFaultSchedule } from './faults/schedule.ts';
import { defaultMatchingLimit } from './options.ts';
import { startVenue } from './venue.ts';

const { values: flags } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    world: { type: 'string' },
    speed: { type: 'string', default: '1' },
    'client-id': { type: 'string', default: 'holdfast' },
    state: { type: 'string' },
    hold: { type: 'boolean', default: false },
    'matching-rate': { type: 'string' },
    faults: { type: 'string' },
    ordering: { type: 'string', default: 'strict' },
    pace: { type: 'string', default: 'quiet' },
    log: { type: 'string', default: 'stderr' },
  },
});

function numberOf(name: string, text: string, min: number): number {
  const value = text === 'max' ? Number.POSITIVE_INFINITY : Number(text);
  if (text.trim() === '' || Number.isNaN(value) || value < min) {
    throw new HoldfastError('USAGE', `--${name} must be a number of at least ${min}, not ${text}`);
  }
  return value;
}

function sourceOf(ports: Ports): MarketSource {
  return flags.world === undefined
    ? generator(flags.seed, flags.pace === 'recorded' ? recordedRates : {})
    : replay(openWorld(ports.disk, flags.world));
}

async function run(ports: Ports): Promise<void> {
  const { log } = ports.telemetry;
  const secret = ports.secrets.get('HOLDFAST_VENUE_CLIENT_SECRET');
  if (secret === undefined) {
    throw new HoldfastError(
      'SECRET_MISSING',
      'set HOLDFAST_VENUE_CLIENT_SECRET, the secret of the venue key',
    );
  }
  const adminToken = ports.secrets.get('HOLDFAST_VENUE_ADMIN_TOKEN');
  const rate = flags['matching-rate'];
  const venue = await startVenue({
    ports,
    host: flags.host,
    port: numberOf('port', flags.port, 0),
    source: sourceOf(ports),
    accounts: [{ clientId: flags['client-id'], secret }],
    seed: flags.seed,
    speed: numberOf('speed', flags.speed, 0.001),
    holdUntilSubscribed: flags.hold,
    orderingFreedoms: flags.ordering === 'free',
    ...(flags.faults === undefined
      ? {}
      : { faults: parseFaultSchedule(ports.disk.readFile(flags.faults).toString('utf8')) }),
    ...(flags.state === undefined ? {} : { stateDirectory: flags.state }),
    ...(adminToken === undefined ? {} : { adminToken }),
    ...(rate === undefined
      ? {}
      : {
          matchingLimit: {
            ...defaultMatchingLimit,
            ratePerSecond: numberOf('matching-rate', rate, 1),
          },
        }),
  });
  log.info('venue ready', {
    host: venue.host,
    port: venue.port,
    seed: flags.seed,
    world: flags.world,
  });
  const parent = parentProcessLink();
  parent?.send({ type: 'ready', port: venue.port });
  let stopping = false;
  const stop = (why: string): void => {
    if (stopping) return;
    stopping = true;
    log.info('venue stops', { why });
    venue.close().then(
      () => ports.host.exit(0),
      () => ports.host.exit(1),
    );
  };
  ports.host.onStopSignal((signal) => stop(signal));
  parent?.onDisconnect(() => stop('the parent is gone'));
}

const ports = productionPorts({ log: { level: 'info', destination: flags.log } });
try {
  await run(ports);
} catch (thrown) {
  const error = asHoldfastError(thrown);
  ports.telemetry.log.fatal('venue failed', { code: error.code, message: error.message });
  // The log may be a file: whoever started this process needs the cause as well.
  parentProcessLink()?.send({ type: 'failed', code: error.code, message: error.message });
  ports.host.exit(error.exitCode);
}
