/** The breakers of a daemon: ten failures in a minute, then a pause that doubles from 2 to 15 s: account figures age out at 30 s. */
import { Breakers } from '../../actors/guard/index.ts';
import type { Ports } from '../../streams/ports/index.ts';

export function makeBreakers(ports: Ports): Breakers {
  return new Breakers({
    ports,
    limits: { failuresMax: 10, windowUs: 60_000_000 },
    pauseMs: { first: 2_000, last: 15_000 },
  });
}
