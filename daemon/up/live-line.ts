/** The live status line of `holdfast up`: the five-second answer, once a second. */

import { getJson } from '../cli/client.ts';
import { paintMode } from '../cli/status.ts';
import { type CommandEnvironment, paint } from '../cli/terminal.ts';
import { type StatusV1, statusSchema } from '../http/status-schema.ts';

export function liveLine(status: StatusV1): string {
  const { orders, venue, store, ingress } = status;
  const why = status.trading_mode === 'Active' ? '' : ` ${status.owner_view.primary_code}`;
  const open = status.positions
    .map(({ instrument, amount }) => `${instrument} ${amount}`)
    .join(', ');
  const parts = [
    `${paintMode(status.trading_mode)}${why}`,
    `${venue.session_state} ${venue.books_valid}/${venue.instruments} books`,
    `${ingress.admitted} events`,
    `${orders.dispatched} orders`,
    `${orders.fills} fills`,
    `${orders.in_doubt} in doubt`,
    `store lag ${store.lag_records ?? '?'}`,
    open === '' ? 'flat' : open,
  ];
  return parts.join(paint.dim(' · '));
}

/** Asks for the status and shows it; a daemon that does not answer is said to be silent. */
export async function showLiveLine(environment: CommandEnvironment, url: string): Promise<void> {
  try {
    const { value } = await getJson(environment, url, '/api/v1/status');
    environment.terminal.live(liveLine(statusSchema.parse(value)));
  } catch {
    environment.terminal.live(paint.yellow('the daemon does not answer: status unknown'));
  }
}
