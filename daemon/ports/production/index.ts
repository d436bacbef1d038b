/** The ports of a real process. */
import type { Ports } from '../../../streams/ports/index.ts';
import { createRedactor } from '../../../streams/telemetry/index.ts';
import { productionClock } from './clock.ts';
import { productionDisk } from './disk.ts';
import { productionHost } from './host.ts';
import { httpClient } from './http-client.ts';
import { httpServe } from './http-server.ts';
import { productionProcesses } from './processes.ts';
import { productionRandom } from './random.ts';
import { productionSecrets } from './secrets.ts';
import { productionSockets } from './sockets.ts';
import { type LogOptions, productionTelemetry } from './telemetry.ts';
import { productionThreads } from './threads.ts';

/** Wraps a value generated at run time so that it prints as `***`. */
export { hideSecret } from '../hidden-secret.ts';
export type { ParentLink } from '../parent-link.ts';
/** The disk alone: for tools and tests that need nothing else. */
export { productionDisk } from './disk.ts';
/** Channels of an entry point to whoever started it. */
export { parentProcessLink, parentThreadLink } from './parent-link.ts';
export type { LogOptions } from './telemetry.ts';

export interface ProductionPortsOptions {
  readonly log: LogOptions;
  /** Sampling period of the event-loop delay. Default 5 ms. */
  readonly loopDelayResolutionMs?: number;
  /** Where secrets are looked up. Default: the environment of the process. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** Everything non-deterministic, from this machine. Throws CONFIG_INVALID for a bad log file. */
export function productionPorts(options: ProductionPortsOptions): Ports {
  const redactor = createRedactor();
  const clock = productionClock();
  const telemetry = productionTelemetry(options.log, clock, redactor);
  return {
    clock,
    random: productionRandom(),
    sockets: productionSockets(),
    http: {
      request: httpClient(),
      serve: (server) => httpServe(telemetry.log, server),
    },
    disk: productionDisk(),
    threads: productionThreads(),
    processes: productionProcesses(),
    telemetry,
    secrets: productionSecrets(redactor.learn, options.environment),
    host: productionHost({
      beforeExit: telemetry.flush,
      ...(options.loopDelayResolutionMs === undefined
        ? {}
        : { loopDelayResolutionMs: options.loopDelayResolutionMs }),
    }),
  };
}
