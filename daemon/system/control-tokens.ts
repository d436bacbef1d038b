/**
 * Tokens of the control port. From the environment; the local profile alone gets one made at start
 * and written to a file only its owner can read, so that `holdfast reduce-only` works at once.
 */
import { join } from 'node:path';
import type { Ports } from '../../streams/ports/index.ts';
import { type TokenTable, tokensFrom } from '../http/tokens.ts';

/** In the data directory. */
export const localTokenFile = 'control-token';

const ownerOnly = 0o600;
const tokenBytes = 24;

export function controlTokens(
  ports: Ports,
  profileName: string,
  dataDirectory: string,
): TokenTable {
  const tokens = tokensFrom(ports.secrets);
  if (!tokens.isEmpty || profileName !== 'local') return tokens;
  const token = ports.random.hex(tokenBytes);
  ports.disk.writeFileAtomic(join(dataDirectory, localTokenFile), `${token}\n`, ownerOnly);
  tokens.add('owner', token);
  return tokens;
}
