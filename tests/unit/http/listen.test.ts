import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ListenAddress } from '../../../daemon/http/listen.ts';
import { LiveStreams } from '../../../daemon/http/live/index.ts';
import { startStatusServer } from '../../../daemon/http/status-server.ts';
import { TokenTable } from '../../../daemon/http/tokens.ts';
import { createVirtualWorld } from '../../../daemon/ports/virtual/index.ts';
import type { HttpResponse } from '../../../streams/ports/index.ts';
import {
  GrowingSource,
  idleOperations,
  idleStatusSource,
} from '../../fixtures/system/live-source.ts';
import { codeOf } from '../../fixtures/system/requests.ts';

const listening = suite('listening');

const tls = { key: 'key', cert: 'certificate' };
const viewerToken = 'viewer-token-of-tests';

type Ask = (path: string, headers: Readonly<Record<string, string>>) => Promise<HttpResponse>;

/** A status port in a virtual world, where no address is forbidden by the machine. */
async function withStatusPort(
  address: Partial<ListenAddress>,
  hasTokens: boolean,
  work: (ask: Ask, port: number) => Promise<void>,
): Promise<void> {
  const world = createVirtualWorld({
    seed: 1,
    startUs: 1_700_000_000_000_000,
    log: { level: 'silent' },
  });
  const ports = world.portsFor('server');
  const client = world.portsFor('client');
  const tokens = new TokenTable();
  if (hasTokens) tokens.add('viewer', viewerToken);
  const live = new LiveStreams({ ports, source: new GrowingSource(1) });
  const server = await startStatusServer({
    ports,
    host: '127.0.0.1',
    port: 8780,
    ...address,
    contractVersion: '1.0.0',
    tokens,
    source: idleStatusSource,
    operations: idleOperations,
    live,
  });
  const ask: Ask = (path, headers) => {
    const url = `http://127.0.0.1:${server.port}${path}`;
    const asked = client.http.request({ method: 'GET', url, headers, timeoutMs: 1_000 });
    return world.clock.runWhile(asked, world.clock.nowUs + 2_000_000);
  };
  try {
    await work(ask, server.port);
  } finally {
    live.close();
  }
}

const idle = async (): Promise<void> => undefined;

const addresses: Array<
  [title: string, address: Partial<ListenAddress>, tokens: boolean, code: string]
> = [
  ['loopback needs neither TLS nor tokens', { host: '127.0.0.1' }, false, 'none'],
  ['every address without anything refuses to start', { host: '0.0.0.0' }, false, 'CONFIG_INVALID'],
  ['every address with tokens alone refuses to start', { host: '0.0.0.0' }, true, 'CONFIG_INVALID'],
  [
    'a foreign address with TLS alone refuses to start',
    { host: '10.0.0.1', tls },
    false,
    'CONFIG_INVALID',
  ],
];
for (const [title, address, tokens, code] of addresses) {
  listening(title, async () => {
    assert.is(await codeOf(() => withStatusPort(address, tokens, idle)), code);
  });
}

listening('on loopback anybody may look', () =>
  withStatusPort({}, false, async (ask) => {
    assert.is((await ask('/api/v1/health', { host: 'localhost:8780' })).status, 200);
  }),
);

listening('an unknown failure says nothing of itself, and carries its trace id', () =>
  withStatusPort({}, false, async (ask) => {
    const { status, body, headers } = await ask('/api/v1/status', { host: 'localhost:8780' });
    assert.is(status, 500);
    assert.not.match(body.toString(), 'nobody asks');
    const problem = JSON.parse(body.toString()) as { error_code: string; trace_id: string };
    assert.is(problem.error_code, 'INTERNAL');
    assert.is(headers['x-trace-id'], problem.trace_id);
  }),
);

listening.run();
