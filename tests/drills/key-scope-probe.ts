/**
 * Two keys at the simulated venue: one with exactly the scopes the profile allows, and one that
 * could also move money. The daemon must work with the first and kill itself over the second.
 */
import { join } from 'node:path';
import { productionPorts } from '../../daemon/ports/production/index.ts';
import { startVenue } from '../../daemon/venue/index.ts';
import { judgeScopes, tradingScopes } from '../../streams/venues/deribit/index.ts';
import { generator } from '../../streams/venues/simulated/index.ts';
import { DrilledSystem, writeDrillProfile } from './drilled-system.ts';

export interface ScopeProbe {
  readonly key: 'as allowed' | 'too wide';
  readonly scope: string;
  readonly missing: readonly string[];
  readonly too_wide: readonly string[];
  readonly trading_mode: string;
  readonly mode_reasons: readonly string[];
  readonly owner_code: string;
  readonly dispatched: number;
}

const allowed = 'account:read_write trade:read_write';
const tooWide = `${allowed} wallet:read_write`;
const clientId = 'local-paper';

async function probe(directory: string, key: ScopeProbe['key'], scope: string) {
  const ports = productionPorts({ log: { level: 'silent', destination: 'stderr' } });
  const secret = ports.random.hex(24);
  const venue = await startVenue({
    ports,
    host: '127.0.0.1',
    port: 0,
    source: generator('7'),
    accounts: [{ clientId, secret, scope }],
  });
  const at = `${venue.host}:${venue.port}`;
  const system = new DrilledSystem(directory, writeDrillProfile(directory, {}), 'daemon', {
    HOLDFAST_VENUE_CLIENT_SECRET: secret,
    HOLDFAST_WIRING__VENUE__WS_URL: `ws://${at}/ws/api/v2`,
    HOLDFAST_WIRING__VENUE__HTTP_URL: `http://${at}`,
  });
  try {
    await system.start();
    const wanted = key === 'as allowed' ? 'Active' : 'Kill';
    const status = await system.until(
      ({ trading_mode }) => trading_mode === wanted,
      `${wanted} with a key that is ${key}`,
      60_000,
    );
    const verdict = judgeScopes(scope, tradingScopes);
    const result: ScopeProbe = {
      key,
      scope,
      missing: verdict.missing,
      too_wide: verdict.tooWide,
      trading_mode: status.trading_mode,
      mode_reasons: status.mode_reasons,
      owner_code: status.owner_view.primary_code,
      dispatched: status.orders.dispatched,
    };
    return result;
  } finally {
    await system.stop();
    await venue.close();
  }
}

export async function probeKeyScopes(directory: string): Promise<ScopeProbe[]> {
  return [
    await probe(join(directory, 'allowed'), 'as allowed', allowed),
    await probe(join(directory, 'wide'), 'too wide', tooWide),
  ];
}
