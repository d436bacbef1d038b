/** The live status line of `holdfast up`: the five-second answer, once a second. */
import { getJson } from '../cli/client.ts';
import { paintMode } from '../cli/owner-screen.ts';
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

/** The same for programs: one small document a line. */
function liveFields(status: StatusV1): Readonly<Record<string, unknown>> {
  const { trading_mode, mode_reasons, orders, venue, ingress, store } = status;
  return {
    event: 'status',
    trading_mode,
    mode_reasons,
    session_state: venue.session_state,
    admitted: ingress.admitted,
    orders,
    store_lag_records: store.lag_records,
  };
}

export class LiveLine {
  readonly #environment: CommandEnvironment;
  readonly #url: string;
  #asking = false;
  #stopped = false;

  constructor(environment: CommandEnvironment, url: string) {
    this.#environment = environment;
    this.#url = url;
  }

  /** Asks once and shows; a daemon that does not answer is said to be silent, never shown as it was. */
  async show(): Promise<void> {
    if (this.#asking || this.#stopped) return;
    this.#asking = true;
    const { terminal, json } = this.#environment;
    try {
      const { value } = await getJson(this.#environment, this.#url, '/api/v1/status');
      const status = statusSchema.parse(value);
      if (this.#stopped) return;
      if (json) terminal.out(JSON.stringify(liveFields(status)));
      else terminal.live(liveLine(status));
    } catch {
      if (this.#stopped) return;
      if (json) terminal.out(JSON.stringify({ event: 'status', trading_mode: null }));
      else terminal.live(paint.yellow('the daemon does not answer: status unknown'));
    } finally {
      this.#asking = false;
    }
  }

  stop(): void {
    this.#stopped = true;
  }
}
