/**
 * The simulated venue as a process of its own, with a pump beside its market: `--client-id --seed
 * --log --rate STEPS-A-SECOND`. Secrets and the word to the parent are those of the shipped process.
 */
import { parseArgs } from 'node:util';
import { parentProcessLink, productionPorts } from '../../../daemon/ports/production/index.ts';
import { startVenue } from '../../../daemon/venue/index.ts';
import { generator } from '../../../streams/venues/simulated/index.ts';
import { pumpedSource } from './pumped-source.ts';

const { values: flags } = parseArgs({
  options: {
    'client-id': { type: 'string', default: 'holdfast' },
    seed: { type: 'string', default: '1' },
    log: { type: 'string', default: 'stderr' },
    rate: { type: 'string', default: '1000' },
  },
});

const ports = productionPorts({ log: { level: 'info', destination: flags.log } });
const secret = ports.secrets.get('HOLDFAST_VENUE_CLIENT_SECRET');
const adminToken = ports.secrets.get('HOLDFAST_VENUE_ADMIN_TOKEN');
if (secret === undefined || adminToken === undefined) throw new Error('no secrets');
const venue = await startVenue({
  ports,
  host: '127.0.0.1',
  port: 0,
  source: pumpedSource(generator(flags.seed), Number(flags.rate)),
  accounts: [{ clientId: flags['client-id'], secret }],
  seed: flags.seed,
  adminToken,
});
const parent = parentProcessLink();
parent?.send({ type: 'ready', port: venue.port });
parent?.onDisconnect(() => ports.host.exit(0));
