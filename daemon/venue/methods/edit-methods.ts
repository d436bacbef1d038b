/** Changing orders, by id or by a label that only one open order has. */
import { z } from 'zod';
import {
  edit,
  editTrigger,
  lotsOfWire,
  type Order,
  type OrderEdit,
  ownOrder,
  refusal,
  ticksOfWire,
} from '../../../streams/venues/simulated/index.ts';
import { type MethodRow, method, type PrivateCall } from '../call.ts';
import { resultOf, trading } from './order-methods.ts';
import {
  advancedParam,
  advancedPrice,
  amountParam,
  displayLotsOf,
  triggerPriceOf,
} from './order-terms.ts';

const editParams = {
  amount: amountParam.optional(),
  contracts: amountParam.optional(),
  price: z.number().optional(),
  post_only: z.boolean().optional(),
  reject_post_only: z.boolean().optional(),
  reduce_only: z.boolean().optional(),
  advanced: advancedParam.optional(),
  trigger_price: z.number().positive().optional(),
  trigger_offset: z.number().positive().optional(),
  mmp: z.boolean().optional(),
  display_amount: amountParam.optional(),
  valid_until: z.number().optional(),
};
type EditParams = z.infer<z.ZodObject<typeof editParams>>;

function editOrder(call: PrivateCall, order: Order, params: EditParams): unknown {
  const { engine } = call.venue;
  const filledBefore = order.filledLots;
  const sized = params.amount !== undefined || params.contracts !== undefined;
  const lots = sized ? lotsOfWire(order.market, params.amount, params.contracts) : undefined;
  if (order.state === 'untriggered') editTrigger(engine, order, waitingEdit(order, params, lots));
  else
    edit(engine, order, {
      lots,
      ...pricing(call, order, params),
      postOnly: params.post_only,
      rejectPostOnly: params.reject_post_only,
      reduceOnly: params.reduce_only,
      mmp: params.mmp,
      displayLots:
        params.display_amount === undefined
          ? undefined
          : displayLotsOf(order.market, params.display_amount, lots ?? order.lots),
      validUntilMs: params.valid_until,
    });
  return resultOf(call, order, filledBefore);
}

function waitingEdit(
  order: Order,
  params: EditParams,
  lots: number | undefined,
): Parameters<typeof editTrigger>[2] {
  const { market } = order;
  const { trigger_price: price, trigger_offset: offset } = params;
  return {
    lots,
    priceTicks: params.price === undefined ? undefined : ticksOfWire(market, params.price),
    triggerPrice: price === undefined ? undefined : triggerPriceOf(market, price, 'trigger_price'),
    triggerOffset:
      offset === undefined ? undefined : triggerPriceOf(market, offset, 'trigger_offset'),
    validUntilMs: params.valid_until,
  };
}

/** The new price; that of an order in another unit stays in its unit. 11041 when it has none. */
function pricing(
  call: PrivateCall,
  { market, side, advanced, postOnly }: Order,
  { price, advanced: unit, post_only }: EditParams,
): Pick<OrderEdit, 'priceTicks' | 'advanced'> {
  if (unit !== undefined && advanced === undefined) throw refusal(11041);
  if (advanced === undefined)
    return { priceTicks: price === undefined ? undefined : ticksOfWire(market, price) };
  const value = price ?? advanced.value;
  return advancedPrice(call, market, side, unit ?? advanced.unit, value, post_only ?? postOnly);
}

function onlyByLabel(call: PrivateCall, label: string, instrument: string): Order {
  const found = [...call.customer.account.openOrders.values()].filter(
    (order) => order.label === label && order.market.product.name === instrument,
  );
  const [order] = found;
  if (order === undefined) throw refusal(10004);
  if (found.length > 1) throw refusal(13032);
  return order;
}

export const editMethods: Readonly<Record<string, MethodRow>> = {
  'private/edit': method(
    { ...trading, params: { order_id: z.string(), ...editParams } },
    (call, params) => {
      const { engine } = call.venue;
      return engine.run(call.venue.nowUs(), () =>
        editOrder(call, ownOrder(engine, call.customer.account, params.order_id), params),
      );
    },
  ),
  'private/edit_by_label': method(
    { ...trading, params: { label: z.string(), instrument_name: z.string(), ...editParams } },
    (call, params) =>
      call.venue.engine.run(call.venue.nowUs(), () =>
        editOrder(call, onlyByLabel(call, params.label, params.instrument_name), params),
      ),
  ),
};
