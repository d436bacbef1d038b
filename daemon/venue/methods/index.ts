/** The method table of the venue. A method that is not here is -32601. */
import type { MethodRow } from '../call.ts';
import { accountMethods } from './account-methods.ts';
import { historyMethods } from './history-methods.ts';
import { marketMethods } from './market-methods.ts';
import { orderMethods } from './order-methods.ts';
import { queryMethods } from './query-methods.ts';
import { sessionMethods } from './session-methods.ts';
import { subscriptionMethods } from './subscription-methods.ts';

export const methods: ReadonlyMap<string, MethodRow> = new Map(
  Object.entries({
    ...sessionMethods,
    ...subscriptionMethods,
    ...marketMethods,
    ...historyMethods,
    ...orderMethods,
    ...queryMethods,
    ...accountMethods,
  }),
);
