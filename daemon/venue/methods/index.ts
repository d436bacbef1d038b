/** The method table of the venue. A method that is not here is -32601. */
import type { MethodRow } from '../call.ts';
import { accountMethods } from './account-methods.ts';
import { cancelMethods } from './cancel-methods.ts';
import { editMethods } from './edit-methods.ts';
import { historyMethods } from './history-methods.ts';
import { marketMethods } from './market-methods.ts';
import { orderMethods } from './order-methods.ts';
import { queryMethods } from './query-methods.ts';
import { quoteMethods } from './quote-methods.ts';
import { referenceMethods } from './reference-methods.ts';
import { sessionMethods } from './session-methods.ts';
import { subscriptionMethods } from './subscription-methods.ts';
import { transferMethods } from './transfer-methods.ts';

export const methods: ReadonlyMap<string, MethodRow> = new Map(
  Object.entries({
    ...sessionMethods,
    ...subscriptionMethods,
    ...marketMethods,
    ...referenceMethods,
    ...historyMethods,
    ...orderMethods,
    ...editMethods,
    ...cancelMethods,
    ...quoteMethods,
    ...queryMethods,
    ...accountMethods,
    ...transferMethods,
  }),
);
