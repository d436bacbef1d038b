/** A customer of the venue: a key, its account, its credits, and its defaults for new connections. */
import type { Account, VenueEngine } from '../../streams/venues/simulated/index.ts';
import { Credits } from './credits.ts';
import {
  defaultDeposits,
  defaultMatchingLimit,
  defaultScope,
  secretText,
  type VenueServerOptions,
} from './options.ts';

export interface Customer {
  readonly clientId: string;
  readonly secret: string;
  /** Everything the key may be granted. */
  readonly scope: string;
  readonly account: Account;
  readonly credits: Credits;
  /** Client id of the main account it belongs to, which may be its own. */
  readonly family: string;
  /** May send mass quotes. */
  readonly massQuotes: boolean;
  /** Names of its sessions, oldest first. */
  readonly sessionNames: string[];
  /** New connections start with cancel-on-disconnect. */
  cancelOnDisconnect: boolean;
}

/** Opens the configured accounts with their start capital; by client id. */
export function openCustomers(
  options: VenueServerOptions,
  engine: VenueEngine,
): Map<string, Customer> {
  const customers = new Map<string, Customer>();
  for (const config of options.accounts) {
    const account = engine.openAccount(config.name ?? config.clientId, false);
    for (const [currency, amount] of Object.entries(config.deposits ?? defaultDeposits)) {
      engine.deposit(account, currency, amount);
    }
    customers.set(config.clientId, {
      clientId: config.clientId,
      secret: secretText(config.secret),
      scope: config.scope ?? defaultScope,
      account,
      credits: new Credits(options.matchingLimit ?? defaultMatchingLimit),
      family: config.main ?? config.clientId,
      massQuotes: config.massQuotes ?? true,
      sessionNames: [],
      cancelOnDisconnect: false,
    });
  }
  return customers;
}
