/**
 * Entry of the store process: `main.js '<configuration as JSON>'`, secrets by environment. Ends with
 * its parent, on a stop signal, or with the exit code of the error it tells.
 */
import { setPriority } from 'node:os';
import { HoldfastError } from '../../streams/facts/errors.ts';
import type { Ports } from '../../streams/ports/index.ts';
import { parentProcessLink, productionPorts } from '../ports/production/index.ts';
import { fail, runStoreProcess, type StoreProcess } from './process.ts';
import { type StoreProcessConfig, storeProcessConfigSchema } from './protocol.ts';

function readConfig(argument: string | undefined): StoreProcessConfig {
  let json: unknown;
  try {
    json = JSON.parse(argument ?? '');
  } catch (cause) {
    throw new HoldfastError('CONFIG_INVALID', 'the store process needs its configuration as JSON', {
      cause,
    });
  }
  const parsed = storeProcessConfigSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new HoldfastError('CONFIG_INVALID', `store configuration: ${problems.join('; ')}`);
}

function endWith(ports: Ports, started: Promise<StoreProcess>): void {
  ports.host.onStopSignal((_signal, count) => {
    // A second signal stops at once: every confirmed row is on disk, the rest is in the journal.
    if (count > 1) ports.host.exit(0);
    void started.then((store) => store.stop()).finally(() => ports.host.exit(0));
  });
}

/** Nice value. A query or a catch-up may take idle cores, never one the daemon wants. */
const yieldingPriority = 10;

// Before anything else: threads of the engine inherit it from the one that starts them.
setPriority(yieldingPriority);
const ports = productionPorts({ log: { level: 'info', destination: 'stderr' } });
const link = parentProcessLink();
// A store without its daemon would hold the directory against the next one.
link?.onDisconnect(() => ports.host.exit(0));
try {
  const started = runStoreProcess(ports, readConfig(process.argv[2]), link);
  endWith(ports, started);
  await started;
} catch (thrown) {
  fail(ports, link, thrown);
}
