/** The log of an account's cash, sub-accounts, and positions moved between accounts of one family. */
import { z } from 'zod';
import {
  type Account,
  invalidParam,
  type LedgerEntry,
  ledgerRow,
  lotsOfWire,
  moveBetween,
  ticksOfWire,
} from '../../../streams/venues/simulated/index.ts';
import { type MethodRow, method, type PrivateCall } from '../call.ts';
import type { Customer } from '../customer.ts';
import { currencyParam } from './market-methods.ts';
import { amountParam } from './order-terms.ts';

const logsMax = 250;
const movesMax = 20;

const logParams = {
  currency: currencyParam,
  start_timestamp: z.number().int(),
  end_timestamp: z.number().int(),
  query: z.string().max(256).optional(),
  count: z.number().int().min(1).max(logsMax).default(100),
  continuation: z.number().int().optional(),
};

/** True when an entry is of a type, side or role that the query names. */
function isAskedFor({ kind, details }: LedgerEntry, query: string | undefined): boolean {
  if (query === undefined) return true;
  const words = query.toLowerCase().split(/\s+/);
  return words.every((word) => [kind, details.side, details.user_role].includes(word));
}

function transactionLog(
  call: PrivateCall,
  params: z.infer<z.ZodObject<typeof logParams>>,
): unknown {
  const { account } = call.customer;
  const currency = params.currency.toUpperCase();
  const found = account.ledger.filter((entry) => {
    const ms = Math.floor(entry.tsUs / 1_000);
    const within = ms >= params.start_timestamp && ms <= params.end_timestamp;
    const before = params.continuation === undefined || entry.seq < params.continuation;
    return entry.currency === currency && within && before && isAskedFor(entry, params.query);
  });
  const page = found.reverse().slice(0, params.count);
  return {
    logs: page.map((entry) => ledgerRow(account, entry)),
    continuation: found.length > page.length ? (page.at(-1)?.seq ?? null) : null,
  };
}

/** Customers of the same main account. */
function familyOf(call: PrivateCall): Customer[] {
  return call.venue.tokens.all.filter(({ family }) => family === call.customer.family);
}

function memberOf(call: PrivateCall, uid: number, param: string): Account {
  const member = familyOf(call).find(({ account }) => account.userId === uid);
  if (member === undefined) throw invalidParam(param, 'not an account of yours');
  return member.account;
}

const moveParams = {
  source_uid: z.number().int(),
  target_uid: z.number().int(),
  currency: currencyParam.optional(),
  trades: z
    .array(
      z.object({
        instrument_name: z.string(),
        amount: amountParam,
        price: z.number().positive().optional(),
      }),
    )
    .min(1)
    .max(movesMax),
};

function movePositions(
  call: PrivateCall,
  params: z.infer<z.ZodObject<typeof moveParams>>,
): unknown {
  const { engine } = call.venue;
  const source = memberOf(call, params.source_uid, 'source_uid');
  const target = memberOf(call, params.target_uid, 'target_uid');
  if (source === target) throw invalidParam('target_uid', 'same as source_uid');
  return engine.run(call.venue.nowUs(), () => {
    const moves = params.trades.map(({ instrument_name, amount, price }) => {
      const market = engine.market(instrument_name);
      const lots = lotsOfWire(market, amount, undefined);
      return { market, lots, ticks: price === undefined ? undefined : ticksOfWire(market, price) };
    });
    return moveBetween(engine, source, target, moves);
  });
}

export const transferMethods: Readonly<Record<string, MethodRow>> = {
  'private/get_transaction_log': method(
    { access: 'account:read', cost: 'transaction_log', params: logParams },
    transactionLog,
  ),
  'private/move_positions': method(
    { access: 'trade:read_write', cost: 'move_positions', params: moveParams },
    movePositions,
  ),
  'private/get_subaccounts': method({ access: 'account:read' }, (call) =>
    familyOf(call).map(({ account, clientId, family }) => ({
      id: account.userId,
      username: account.name,
      system_name: account.name,
      type: clientId === family ? 'main' : 'subaccount',
      is_password: false,
      login_enabled: true,
      security_keys_enabled: false,
      receive_notifications: false,
    })),
  ),
};
