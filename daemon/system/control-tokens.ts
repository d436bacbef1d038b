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
  const path = join(dataDirectory, localTokenFile);
  if (!tokens.isEmpty || profileName !== 'local') {
    // A token of an earlier start would only mislead whoever finds it.
    if (ports.disk.exists(path)) ports.disk.remove(path);
    return tokens;
  }
  const token = ports.random.hex(tokenBytes);
  ports.disk.writeFileAtomic(path, `${token}\n`, ownerOnly);
  tokens.add('owner', token);
  return tokens;
}
