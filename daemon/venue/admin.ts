/**
 * The admin paths: figures (`GET /admin/stats`), what it was asked to place
 * (`GET /admin/orders?after=N`), what each customer holds (`GET /admin/accounts`), the table of faults and what is active
 * (`GET /admin/faults`), and faults on command (`POST /admin/faults`). Only with the token; without
 * one they do not exist.
 */
import { timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { asHoldfastError } from '../../streams/facts/errors.ts';
import type { InboundHttpRequest, OutboundHttpResponse } from '../../streams/ports/index.ts';
import { amountFloat } from '../../streams/venues/simulated/index.ts';
import { faultOrderSchema } from './faults/schedule.ts';
import { faultHelp } from './faults/table.ts';
import type { Faults } from './faults.ts';
import type { RunningVenue } from './venue.ts';

/** One fault, several, or the end of all. */
const commandSchema = z.union([
  faultOrderSchema,
  z.strictObject({ faults: z.array(faultOrderSchema).min(1).max(100) }),
  z.strictObject({ clear: z.literal(true) }),
  z.strictObject({ end: z.string() }),
]);

function json(status: number, value: unknown): OutboundHttpResponse {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: `${JSON.stringify(value)}\n`,
  };
}

function isAllowed(request: InboundHttpRequest, token: string): boolean {
  const given = Buffer.from(request.headers.authorization ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

/** Answers `/admin/stats`, `/admin/orders`, `/admin/accounts` and `/admin/faults`; undefined when the path is not an admin path. */
export function answerAdmin(
  venue: RunningVenue,
  token: string | undefined,
  request: InboundHttpRequest,
): OutboundHttpResponse | undefined {
  if (token === undefined || !request.path.startsWith('/admin/')) return undefined;
  if (!isAllowed(request, token)) return json(401, { error: 'no valid admin token' });
  if (request.path === '/admin/stats' && request.method === 'GET') return json(200, venue.stats());
  if (request.path === '/admin/orders' && request.method === 'GET') return orders(venue, request);
  if (request.path === '/admin/accounts' && request.method === 'GET')
    return json(200, accountRows(venue));
  if (request.path === '/admin/faults' && request.method === 'GET')
    return json(200, { active: activeRows(venue.faults), table: faultHelp() });
  if (request.path === '/admin/faults' && request.method === 'POST')
    return command(venue.faults, request);
  return json(404, { error: 'no such admin path' });
}

function orders(venue: RunningVenue, { query }: InboundHttpRequest): OutboundHttpResponse {
  const after = Number(query.after ?? '0');
  if (!Number.isSafeInteger(after) || after < 0)
    return json(400, { error: 'after must be a whole number of at least 0' });
  return json(200, venue.orderRequests(after));
}

/** Trades of one answer, the last ones. */
const tradesShown = 1_000;

/** What every customer holds, has open and traded last, in one moment; amounts are signed. */
function accountRows({ engine }: RunningVenue): unknown[] {
  const customers = engine.accounts.filter(({ house }) => !house);
  return customers.map(({ name, positions, openOrders, trades }) => ({
    name,
    positions: Object.fromEntries(
      [...positions.values()]
        .filter(({ lots }) => lots !== 0)
        .map(({ product, lots }) => [product.name, amountFloat(product, lots)]),
    ),
    open_labels: [...openOrders.values()].map(({ label }) => label),
    trades: trades.slice(-tradesShown).map(({ trade, productIndex, side }) => {
      const { product } = engine.marketAt(productIndex);
      const amount = amountFloat(product, trade.lots);
      return [product.name, trade.id, side === 'buy' ? amount : -amount];
    }),
  }));
}

function activeRows(faults: Faults): unknown[] {
  return faults.active.map(({ fault, parameters }) => ({ fault, parameters }));
}

function command(faults: Faults, request: InboundHttpRequest): OutboundHttpResponse {
  let body: unknown;
  try {
    body = JSON.parse(request.body.toString('utf8'));
  } catch {
    return json(400, { error: 'the body is not JSON' });
  }
  const parsed = commandSchema.safeParse(body);
  if (!parsed.success) return json(400, { error: z.prettifyError(parsed.error) });
  const wanted = parsed.data;
  try {
    if ('clear' in wanted) faults.clear();
    else if ('end' in wanted) endNamed(faults, wanted.end);
    else for (const order of 'faults' in wanted ? wanted.faults : [wanted]) faults.apply(order);
  } catch (thrown) {
    return json(400, { error: asHoldfastError(thrown).message });
  }
  return json(200, { applied: true, active: activeRows(faults) });
}

function endNamed(faults: Faults, name: string): void {
  for (const tripped of faults.active) if (tripped.fault === name) tripped.end();
}
