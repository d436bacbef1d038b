/** Whatever the venue has said is still so after SIGKILL at any instant under order flow. */
import { resolve } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Child } from '../../../streams/ports/index.ts';
import { seededRandom } from '../../../streams/venues/simulated/index.ts';
import { type PortsUnderTest, withPorts } from '../../fixtures/ports.ts';
import { WireClient } from '../../fixtures/venue-sim/clients.ts';
import { clientId, clientSecret, credentials } from '../../fixtures/venue-sim/venues.ts';

const killed = suite('venue killed under order flow');

const kills = 6;
const perpetual = { instrument_name: 'BTC-PERPETUAL' };
const history = { currency: 'BTC', count: 1_000 };

interface OrderRow {
  readonly order_id: string;
  readonly order_state: string;
  readonly filled_amount: number;
  readonly amount: number;
  readonly label: string;
  readonly price: number;
}
interface TradeRow {
  readonly trade_id: string;
  readonly trade_seq: number;
  readonly direction: string;
  readonly amount: number;
  readonly order_id: string;
}

/** Everything the client was told, by reply or notification. */
class Told {
  readonly orders = new Map<string, OrderRow>();
  readonly trades = new Map<string, TradeRow>();

  order(row: OrderRow): void {
    const known = this.orders.get(row.order_id);
    const ended = known !== undefined && known.order_state !== 'open';
    if (!ended && row.filled_amount >= (known?.filled_amount ?? 0))
      this.orders.set(row.order_id, row);
  }

  frames(client: WireClient): void {
    for (const row of client.data('user.orders.any.any.raw') as OrderRow[]) this.order(row);
    for (const rows of client.data('user.trades.any.any.raw') as TradeRow[][])
      for (const row of rows) this.trades.set(row.trade_id, row);
  }
}

async function start(
  ports: PortsUnderTest,
): Promise<{ child: Child; port: number; end: Promise<void> }> {
  let port = 0;
  let over: () => void = () => undefined;
  const end = new Promise<void>((done) => {
    over = done;
  });
  const directory = `${ports.directory}/venue`;
  const child = ports.server.processes.spawn(
    {
      modulePath: resolve('dist/daemon/venue/main.js'),
      args: [
        '--client-id',
        clientId,
        '--state',
        directory,
        '--log',
        `${ports.directory}/log`,
      ].concat(['--matching-rate', '5000']),
      environment: { HOLDFAST_VENUE_CLIENT_SECRET: clientSecret },
    },
    {
      onMessage: (message) => {
        port = (message as { port: number }).port;
      },
      onExit: () => over(),
    },
  );
  await ports.until(() => port > 0, 'the venue to be ready');
  return { child, port, end };
}

async function connected(ports: PortsUnderTest, port: number): Promise<WireClient> {
  const client = new WireClient(ports.client, { host: '127.0.0.1', port });
  await client.open();
  await client.call('public/auth', credentials);
  return client;
}

/** Buys and sells that trade, orders that rest, edits and cancels, until the venue is gone. */
function flow(client: WireClient, told: Told, seed: string): () => void {
  const random = seededRandom(seed);
  let over = false;
  let label = 0;
  const placed: string[] = [];
  const send = async (): Promise<void> => {
    const ticker = (await client.call('public/ticker', perpetual)).result as {
      best_bid_price: number;
    };
    while (!over) {
      label += 1;
      const draw = random.next();
      const price = ticker.best_bid_price + (draw < 0.5 ? 300 : -300);
      const side = draw < 0.3 || (draw >= 0.5 && draw < 0.7) ? 'buy' : 'sell';
      const resting =
        side === 'buy' ? price < ticker.best_bid_price : price > ticker.best_bid_price;
      const id = placed[random.integer(Math.max(1, placed.length))];
      const reply =
        draw > 0.85 && id !== undefined
          ? await client.call('private/cancel', { order_id: id })
          : await client.call(`private/${side}`, {
              ...perpetual,
              amount: 10 + 10 * random.integer(20),
              price,
              label: `${seed}/${label}`,
              ...(resting ? {} : { time_in_force: 'immediate_or_cancel' }),
            });
      const result = reply.result as
        | { order?: OrderRow; trades?: TradeRow[] }
        | OrderRow
        | undefined;
      if (result === undefined) continue;
      if ('order_id' in result) told.order(result);
      else {
        if (result.order !== undefined) told.order(result.order);
        for (const trade of result.trades ?? []) told.trades.set(trade.trade_id, trade);
        if (result.order?.order_state === 'open') placed.push(result.order.order_id);
      }
    }
  };
  // Several at once, so that a kill finds requests in every stage.
  for (let lane = 0; lane < 4; lane += 1) void send();
  return () => {
    over = true;
  };
}

async function answered<T>(client: WireClient, method: string, params: object): Promise<T> {
  const reply = await client.call(method, { ...params });
  assert.is(reply.error, undefined, `${method}: ${JSON.stringify(reply.error)}`);
  return reply.result as T;
}

async function check(client: WireClient, told: Told): Promise<number> {
  const { trades } = await answered<{ trades: TradeRow[] }>(
    client,
    'private/get_user_trades_by_instrument',
    { ...perpetual, count: 1_000, sorting: 'asc' },
  );
  const byId = new Map(trades.map((trade) => [trade.trade_id, trade]));
  assert.is(byId.size, trades.length, 'a trade id stands twice');
  for (const trade of told.trades.values()) {
    const found = byId.get(trade.trade_id);
    assert.is(found?.amount, trade.amount, `trade ${trade.trade_id}`);
    assert.is(found?.order_id, trade.order_id);
  }
  const orders = [
    ...(await answered<OrderRow[]>(client, 'private/get_open_orders', {})),
    ...(await answered<OrderRow[]>(client, 'private/get_order_history_by_currency', {
      ...history,
      include_unfilled: true,
    })),
  ];
  const known = new Map(orders.map((order) => [order.order_id, order]));
  assert.is(known.size, orders.length, 'an order id stands twice');
  for (const order of told.orders.values()) {
    const found = known.get(order.order_id);
    assert.ok(found, `order ${order.order_id} (${order.label}) is forgotten`);
    assert.is(found.label, order.label);
    assert.ok(found.filled_amount >= order.filled_amount, 'a fill is forgotten');
    if (order.order_state !== 'open') assert.is(found.order_state, order.order_state);
  }
  const labels = orders.map(({ label }) => label);
  assert.is(new Set(labels).size, labels.length, 'an order was accepted twice');
  const held = trades.reduce(
    (sum, row) => sum + (row.direction === 'buy' ? row.amount : -row.amount),
    0,
  );
  const { size } = await answered<{ size: number }>(client, 'private/get_position', perpetual);
  assert.is(size, held, 'the position is the sum of the trades');
  return trades.length;
}

killed(
  `${kills} kills at random instants: nothing that was said is forgotten or said twice`,
  async () => {
    await withPorts('production', async (ports) => {
      const told = new Told();
      const random = seededRandom('kills');
      let traded = 0;
      for (let round = 0; round < kills; round += 1) {
        const { child, port, end } = await start(ports);
        const client = await connected(ports, port);
        traded = await check(client, told);
        await client.call('private/subscribe', {
          channels: ['user.orders.any.any.raw', 'user.trades.any.any.raw'],
        });
        const stop = flow(client, told, `flow-${round}`);
        await ports.pass(30 + random.integer(200));
        child.signal('SIGKILL');
        await end;
        stop();
        told.frames(client);
      }
      const { child, port, end } = await start(ports);
      const client = await connected(ports, port);
      traded = await check(client, told);
      assert.ok(traded > kills, `${traded} trades`);
      assert.ok(told.orders.size > kills * 5, `${told.orders.size} orders`);
      client.cut();
      child.signal('SIGTERM');
      await end;
    });
  },
);

killed.run();
