/** The venue as a process: started as the daemon starts it, killed, and started again. */
import { resolve } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Child } from '../../../streams/ports/index.ts';
import { type PortsUnderTest, withPorts } from '../../fixtures/ports.ts';
import { WireClient } from '../../fixtures/venue-sim/clients.ts';
import { clientId, clientSecret, credentials } from '../../fixtures/venue-sim/venues.ts';

const processes = suite('venue process');

const modulePath = resolve('dist/daemon/venue/main.js');

interface Started {
  readonly child: Child;
  readonly port: number;
  readonly ended: Promise<{ code: number | null; signal: string | null }>;
}

async function start(ports: PortsUnderTest, args: string[] = []): Promise<Started> {
  let port = 0;
  let end: (value: { code: number | null; signal: string | null }) => void = () => undefined;
  const ended = new Promise<{ code: number | null; signal: string | null }>((done) => {
    end = done;
  });
  const child = ports.server.processes.spawn(
    {
      modulePath,
      args: [
        '--client-id',
        clientId,
        '--state',
        `${ports.directory}/venue`,
        '--log',
        `${ports.directory}/log`,
        ...args,
      ],
      environment: { HOLDFAST_VENUE_CLIENT_SECRET: clientSecret },
    },
    {
      onMessage: (message) => {
        port = (message as { port: number }).port;
      },
      onExit: (code, signal) => end({ code, signal }),
    },
  );
  await ports.until(() => port > 0, 'the venue to be ready');
  return { child, port, ended };
}

async function connected(ports: PortsUnderTest, port: number): Promise<WireClient> {
  const client = new WireClient(ports.client, { host: '127.0.0.1', port });
  await client.open();
  await client.call('public/auth', credentials);
  return client;
}

processes(
  'it says when it is ready, stops on SIGTERM, and finds its orders again after SIGKILL',
  async () => {
    await withPorts('production', async (ports) => {
      const first = await start(ports);
      const client = await connected(ports, first.port);
      const ticker = (await client.call('public/ticker', { instrument_name: 'BTC-PERPETUAL' }))
        .result as { best_bid_price: number };
      const order = {
        instrument_name: 'BTC-PERPETUAL',
        amount: 100,
        price: ticker.best_bid_price - 800,
        label: 'kept',
      };
      const placed = (await client.call('private/buy', order)).result as {
        order: { order_id: string };
      };
      // Acknowledged, then killed at once: what was said must be found.
      first.child.signal('SIGKILL');
      assert.is((await first.ended).signal, 'SIGKILL');
      const second = await start(ports);
      const again = await connected(ports, second.port);
      const open = (await again.call('private/get_open_orders')).result as {
        order_id: string;
        label: string;
      }[];
      assert.equal(
        open.map((row) => [row.order_id, row.label]),
        [[placed.order.order_id, 'kept']],
      );
      second.child.signal('SIGTERM');
      assert.is((await second.ended).code, 0);
    });
  },
);

processes('without its secret it ends with the documented exit code', async () => {
  await withPorts('production', async (ports) => {
    let code: number | null | undefined;
    ports.server.processes.spawn(
      { modulePath, args: ['--log', `${ports.directory}/log`] },
      {
        onExit: (exitCode) => {
          code = exitCode;
        },
      },
    );
    await ports.until(() => code !== undefined, 'the exit');
    assert.is(code, 3);
  });
});

processes.run();
