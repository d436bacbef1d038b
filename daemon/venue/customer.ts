/** A customer of the venue: a key, its account, its credits, and its defaults for new connections. */
import type { Account } from '../../streams/venues/simulated/index.ts';
import type { Credits } from './credits.ts';

export interface Customer {
  readonly clientId: string;
  readonly secret: string;
  /** Everything the key may be granted. */
  readonly scope: string;
  readonly account: Account;
  readonly credits: Credits;
  /** New connections start with cancel-on-disconnect. */
  cancelOnDisconnect: boolean;
}
