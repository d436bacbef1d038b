/** `holdfast doctor`: what this machine has, what is missing, and how to get it. */
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { asHoldfastError } from '../../streams/facts/errors.ts';
import type { LoadedConfig } from '../config/load.ts';
import { defaultDataDirectory } from './client.ts';
import { loadFor } from './config-check.ts';
import { readEndpoints } from './endpoints.ts';
import { type CommandEnvironment, paint, printJson, renderTable } from './terminal.ts';

interface Finding {
  readonly check: string;
  readonly state: 'ok' | 'optional' | 'missing';
  readonly detail: string;
}

export interface DoctorOptions {
  readonly profile: string;
  /** Default: the profile's. */
  readonly dataDirectory?: string;
}

/** As `engines` in package.json says it. */
const nodeMin = [20, 15] as const;
const freeBytesMin = 2 * 1024 ** 3;
const syncRounds = 20;
const missingExitCode = 5;

function nodeFinding({ ports }: CommandEnvironment): Finding {
  const { nodeVersion } = ports.host;
  const [major = 0, minor = 0] = nodeVersion.replace(/^v/, '').split('.').map(Number);
  const isOld = major < nodeMin[0] || (major === nodeMin[0] && minor < nodeMin[1]);
  return {
    check: 'node',
    state: isOld ? 'missing' : 'ok',
    detail: isOld
      ? `${nodeVersion}; install Node ${nodeMin.join('.')} or later (22 LTS is recommended)`
      : nodeVersion,
  };
}

function engineFinding({ packageRoot }: CommandEnvironment): Finding {
  const check = 'embedded store';
  try {
    createRequire(join(packageRoot, 'package.json')).resolve('chdb');
    return { check, state: 'ok', detail: 'engine installed' };
  } catch {
    const detail =
      'the engine is not installed on this platform: evidence stays in the journal, or set wiring.store to a ClickHouse server';
    return { check, state: 'optional', detail };
  }
}

function configFinding(
  environment: CommandEnvironment,
  profile: string,
): { config: LoadedConfig | undefined; finding: Finding } {
  const check = 'configuration';
  try {
    const config = loadFor(environment, profile);
    const missing = config.missingRequired.join(', ');
    const detail =
      missing === '' ? config.profilePath : `${config.profilePath}; blocked without ${missing}`;
    return { config, finding: { check, state: missing === '' ? 'ok' : 'optional', detail } };
  } catch (error) {
    const detail = asHoldfastError(error).message;
    return { config: undefined, finding: { check, state: 'missing', detail } };
  }
}

/** The directory itself, or the nearest one above it that exists: looking must not create. */
function existing({ ports }: CommandEnvironment, directory: string): string {
  if (ports.disk.exists(directory)) return directory;
  const above = dirname(directory);
  return above === directory ? directory : existing({ ports } as CommandEnvironment, above);
}

/** Measures what the ledger waits for: write and fdatasync of one block in the data directory. */
function diskFinding(environment: CommandEnvironment, dataDirectory: string): Finding {
  const { disk, clock, random } = environment.ports;
  const check = 'data directory';
  const path = join(existing(environment, resolve(dataDirectory)), `doctor-${random.hex(4)}.tmp`);
  try {
    const file = disk.open(path, 'create');
    const times: number[] = [];
    try {
      file.preallocateSync(65_536);
      for (let round = 0; round < syncRounds; round++) {
        const startUs = clock.monotonicUs();
        file.writeSync(Buffer.alloc(512, round), round * 512);
        file.datasyncSync();
        times.push(clock.monotonicUs() - startUs);
      }
    } finally {
      file.close();
      disk.remove(path);
    }
    const { freeBytes } = disk.space(dirname(path));
    const median = times.sort((a, b) => a - b)[syncRounds / 2] ?? 0;
    const gib = (freeBytes / 1024 ** 3).toFixed(1);
    const detail = `${resolve(dataDirectory)}: ${gib} GiB free, sync ${median} µs`;
    return freeBytes > freeBytesMin
      ? { check, state: 'ok', detail }
      : { check, state: 'missing', detail: `${detail}; at least 2 GiB are needed` };
  } catch (error) {
    const detail = `${dataDirectory} is not writable: ${asHoldfastError(error).message}`;
    return { check, state: 'missing', detail };
  }
}

async function portFinding(
  { ports }: CommandEnvironment,
  name: string,
  { host, port }: { readonly host: string; readonly port: number },
  isOurs: boolean,
): Promise<Finding> {
  const check = `${name} port`;
  try {
    const server = await ports.http.serve({
      host,
      port,
      onRequest: () => ({ status: 204 }),
      maxBodyBytes: 1,
      maxConnections: 1,
      headersTimeoutMs: 1_000,
      requestTimeoutMs: 1_000,
    });
    await server.close();
    return { check, state: 'ok', detail: `${host}:${port} is free` };
  } catch (error) {
    if (isOurs) return { check, state: 'ok', detail: `${host}:${port} belongs to the daemon here` };
    const { code, message } = asHoldfastError(error);
    const variable = `HOLDFAST_WIRING__${name.toUpperCase()}__PORT`;
    const detail =
      code === 'PORT_IN_USE'
        ? `${host}:${port} is in use: stop what listens there, or set ${variable}`
        : message;
    return { check, state: 'missing', detail };
  }
}

function portFindings(
  environment: CommandEnvironment,
  { profile: { wiring } }: LoadedConfig,
  dataDirectory: string,
): Promise<Finding[]> {
  const isOurs = readEndpoints(environment.ports.disk, dataDirectory) !== undefined;
  const { status, control, simulated_venue: venue } = wiring;
  return Promise.all([
    portFinding(environment, 'status', status, isOurs),
    portFinding(environment, 'control', control, isOurs),
    ...(venue.start ? [portFinding(environment, 'simulated_venue', venue, isOurs)] : []),
  ]);
}

/** Exit code 0 when nothing needed is missing. */
export async function doctorCommand(
  environment: CommandEnvironment,
  options: DoctorOptions,
): Promise<number> {
  const { config, finding } = configFinding(environment, options.profile);
  const dataDirectory =
    options.dataDirectory ?? config?.profile.wiring.data_directory ?? defaultDataDirectory;
  const findings: Finding[] = [
    nodeFinding(environment),
    engineFinding(environment),
    finding,
    diskFinding(environment, dataDirectory),
    ...(config === undefined ? [] : await portFindings(environment, config, dataDirectory)),
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
  return missing.length === 0 ? 0 : missingExitCode;
}
