/**
 * The ports: everything non-deterministic, as one typed object. Production and simulation are two
 * implementations of it; nothing else may touch time, randomness, network, disk or environment.
 */
import type { Clock } from './clock.ts';
import type { Disk } from './disk.ts';
import type { Host } from './host.ts';
import type { Http } from './http.ts';
import type { Processes, Threads } from './processes.ts';
import type { Random } from './random.ts';
import type { Secrets } from './secrets.ts';
import type { Sockets } from './sockets.ts';
import type { Telemetry } from './telemetry.ts';

export interface Ports {
  readonly clock: Clock;
  readonly random: Random;
  readonly sockets: Sockets;
  readonly http: Http;
  readonly disk: Disk;
  readonly threads: Threads;
  readonly processes: Processes;
  readonly telemetry: Telemetry;
  readonly secrets: Secrets;
  readonly host: Host;
}

export type * from './clock.ts';
export type * from './disk.ts';
export type * from './host.ts';
export type * from './http.ts';
export type * from './processes.ts';
export type * from './random.ts';
export type * from './secrets.ts';
export type * from './sockets.ts';
export type * from './telemetry.ts';
