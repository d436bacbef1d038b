/** `holdfast doctor`: what this machine has, what is missing, and how to get it. */
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { asHoldfastError } from '../../streams/facts/errors.ts';
import { type CommandEnvironment, paint, printJson, renderTable } from './terminal.ts';

interface Finding {
  readonly check: string;
  readonly state: 'ok' | 'optional' | 'missing';
  readonly detail: string;
}

const nodeMajorMin = 20;
const freeBytesMin = 2 * 1024 ** 3;
const syncRounds = 20;

function nodeFinding({ ports }: CommandEnvironment): Finding {
  const { nodeVersion } = ports.host;
  const major = Number(/^v?(\d+)/.exec(nodeVersion)?.[1] ?? '0');
  if (major < nodeMajorMin)
    return {
      check: 'node',
      state: 'missing',
      detail: `${nodeVersion}; install Node 20.15 or later (22 LTS is recommended)`,
    };
  return { check: 'node', state: 'ok', detail: nodeVersion };
}

function engineFinding({ packageRoot }: CommandEnvironment): Finding {
  try {
    const path = createRequire(join(packageRoot, 'package.json')).resolve('chdb');
    return {
      check: 'embedded store',
      state: 'ok',
      detail: path.includes('chdb') ? 'engine installed' : path,
    };
  } catch {
    return {
      check: 'embedded store',
      state: 'optional',
      detail:
        'the engine is not installed on this platform: evidence stays in the journal, or set wiring.store to a ClickHouse server',
    };
  }
}

/** Measures what the ledger waits for: write and fdatasync of one block in the data directory. */
function diskFinding({ ports }: CommandEnvironment, dataDirectory: string): Finding {
  const path = join(dataDirectory, 'doctor.tmp');
  try {
    ports.disk.makeDirectory(dataDirectory);
    if (ports.disk.exists(path)) ports.disk.remove(path);
    const file = ports.disk.open(path, 'create');
    file.preallocateSync(65_536);
    const times: number[] = [];
    for (let round = 0; round < syncRounds; round++) {
      const startUs = ports.clock.monotonicUs();
      file.writeSync(Buffer.alloc(512, round), round * 512);
      file.datasyncSync();
      times.push(ports.clock.monotonicUs() - startUs);
    }
    file.close();
    ports.disk.remove(path);
    const { freeBytes } = ports.disk.space(dataDirectory);
    const median = times.sort((a, b) => a - b)[syncRounds / 2] ?? 0;
    const detail = `${resolve(dataDirectory)}: ${(freeBytes / 1024 ** 3).toFixed(1)} GiB free, sync ${median} µs`;
    return { check: 'data directory', state: freeBytes > freeBytesMin ? 'ok' : 'missing', detail };
  } catch (error) {
    return {
      check: 'data directory',
      state: 'missing',
      detail: `${dataDirectory} is not writable: ${asHoldfastError(error).message}`,
    };
  }
}

async function portFinding(
  { ports }: CommandEnvironment,
  name: string,
  port: number,
): Promise<Finding> {
  try {
    const server = await ports.http.serve({
      host: '127.0.0.1',
      port,
      onRequest: () => ({ status: 204 }),
      maxBodyBytes: 1,
      maxConnections: 1,
      headersTimeoutMs: 1_000,
      requestTimeoutMs: 1_000,
    });
    await server.close();
    return { check: `${name} port`, state: 'ok', detail: `${port} is free` };
  } catch {
    return {
      check: `${name} port`,
      state: 'optional',
      detail: `${port} is in use: a daemon runs, or set HOLDFAST_WIRING__${name.toUpperCase()}__PORT`,
    };
  }
}

/** Exit code 0 when nothing needed is missing. */
export async function doctorCommand(
  environment: CommandEnvironment,
  dataDirectory: string,
): Promise<number> {
  const findings: Finding[] = [
    nodeFinding(environment),
    engineFinding(environment),
    diskFinding(environment, dataDirectory),
    await portFinding(environment, 'status', 8780),
    await portFinding(environment, 'control', 8781),
    await portFinding(environment, 'simulated_venue', 8790),
  ];
  const missing = findings.filter(({ state }) => state === 'missing');
  if (environment.json) printJson(environment.terminal, { ok: missing.length === 0, findings });
  else {
    const colours = { ok: paint.green, optional: paint.yellow, missing: paint.red };
    environment.terminal.out(
      renderTable(
        ['check', 'state', 'detail'],
        findings.map(({ check, state, detail }) => [check, colours[state](state), detail]),
      ),
    );
  }
  return missing.length === 0 ? 0 : 5;
}
