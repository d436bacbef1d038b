/** The HTTP port, held to one contract in both implementations. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HoldfastError } from '../../../streams/facts/errors.ts';
import type { InboundHttpRequest, OutboundStream } from '../../../streams/ports/index.ts';
import { portKinds, serverOptions, withPorts, withServer } from '../../fixtures/ports.ts';

const http = suite('http');
const timeoutMs = 2_000;

/** The error code a request or a server start was refused with. */
async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'nothing was refused';
  } catch (error) {
    return error instanceof HoldfastError ? error.code : String(error);
  }
}

for (const kind of portKinds) {
  http(
    `${kind}: a request shows method, path, query, headers and body; the answer comes whole`,
    () =>
      withPorts(kind, async (ports) => {
        const seen: InboundHttpRequest[] = [];
        const onRequest = (request: InboundHttpRequest) => {
          seen.push(request);
          return { status: 201, headers: { 'X-Answer': 'yes' }, body: 'made' };
        };
        await withServer(ports, { onRequest }, async ({ port }) => {
          const answer = await ports.settle(
            ports.client.http.request({
              method: 'POST',
              url: `http://127.0.0.1:${port}/a%20b?x=1&x=2&y=%2F`,
              headers: { 'X-Asks': 'Me' },
              body: 'héllo',
              timeoutMs,
            }),
          );
          assert.is(answer.status, 201);
          assert.is(answer.headers['x-answer'], 'yes');
          assert.is(answer.headers['content-length'], '4');
          assert.is(answer.body.toString(), 'made');
          const request = seen[0];
          assert.is(request?.method, 'POST');
          assert.is(request?.path, '/a%20b');
          assert.is(request?.target, '/a%20b?x=1&x=2&y=%2F');
          assert.equal({ ...request?.query }, { x: '2', y: '/' });
          assert.is(request?.headers['x-asks'], 'Me');
          assert.is(request?.headers['content-length'], '6');
          assert.is(request?.body.toString(), 'héllo');
        });
      }),
  );

  http(`${kind}: a body over the bound is answered 413 and never reaches the handler`, () =>
    withPorts(kind, async (ports) => {
      let calls = 0;
      const onRequest = () => {
        calls += 1;
        return { status: 200 };
      };
      await withServer(ports, { onRequest, maxBodyBytes: 100 }, async ({ port }) => {
        const send = (body: Uint8Array) =>
          ports.settle(
            ports.client.http.request({
              method: 'POST',
              url: `http://127.0.0.1:${port}/`,
              body,
              timeoutMs,
            }),
          );
        const refused = await send(Buffer.alloc(500_000));
        assert.is(refused.status, 413);
        assert.is(refused.headers['content-type'], 'application/problem+json');
        assert.is(JSON.parse(refused.body.toString()).error_code, 'PAYLOAD_TOO_LARGE');
        assert.is(calls, 0);
        assert.is((await send(Buffer.alloc(100))).status, 200);
        assert.is(calls, 1);
      });
    }),
  );

  http(`${kind}: a handler that fails answers 500 without saying why`, () =>
    withPorts(kind, async (ports) => {
      const onRequest = async () => {
        throw new Error('inner detail');
      };
      await withServer(ports, { onRequest }, async ({ port }) => {
        const url = `http://127.0.0.1:${port}/`;
        const request = { method: 'GET', url, timeoutMs };
        const answer = await ports.settle(ports.client.http.request(request));
        assert.is(answer.status, 500);
        assert.not.match(answer.body.toString(), /inner detail/);
      });
    }),
  );

  http(`${kind}: no listener, no answer and a too large answer are told apart`, () =>
    withPorts(kind, async (ports) => {
      const onRequest = async ({ path }: InboundHttpRequest) => {
        if (path === '/never') await new Promise(() => undefined);
        return { status: 200, body: 'x'.repeat(101) };
      };
      await withServer(ports, { onRequest }, async ({ port }) => {
        const base = `http://127.0.0.1:${port}`;
        const code = (url: string, own: { timeoutMs?: number; maxResponseBytes?: number }) =>
          ports.settle(
            codeOf(ports.client.http.request({ method: 'GET', url, timeoutMs, ...own })),
          );
        assert.is(await code('http://127.0.0.1:1/', {}), 'NETWORK_UNREACHABLE');
        assert.is(await code('ftp://127.0.0.1/', {}), 'NETWORK_UNREACHABLE');
        assert.is(await code(`${base}/never`, { timeoutMs: 30 }), 'NETWORK_TIMEOUT');
        assert.is(await code(`${base}/`, { maxResponseBytes: 100 }), 'PAYLOAD_TOO_LARGE');
        assert.is(await code(`${base}/`, { maxResponseBytes: 101 }), 'nothing was refused');
      });
    }),
  );

  http(`${kind}: errors do not repeat the query, where secrets may stand`, () =>
    withPorts(kind, async (ports) => {
      const url = 'http://127.0.0.1:1/auth?client_secret=planted';
      const work = ports.client.http.request({ method: 'GET', url, timeoutMs });
      let message = '';
      await ports.settle(
        work.catch((error: Error) => {
          message = error.message;
        }),
      );
      assert.match(message, '/auth');
      assert.not.match(message, 'planted');
    }),
  );

  http(`${kind}: a streamed answer arrives in order and ends`, () =>
    withPorts(kind, async (ports) => {
      let closes = 0;
      const stream = (out: OutboundStream) => {
        out.onClose(() => {
          closes += 1;
        });
        out.write('one ');
        ports.server.clock.after(2, () => {
          out.write(Buffer.from('two'));
          out.end();
          assert.not.ok(out.isOpen);
          out.write('never');
        });
      };
      const onRequest = () => ({ status: 200, headers: { 'content-type': 'text/plain' }, stream });
      await withServer(ports, { onRequest }, async ({ port }) => {
        const url = `http://127.0.0.1:${port}/`;
        const request = { method: 'GET', url, timeoutMs };
        const answer = await ports.settle(ports.client.http.request(request));
        assert.is(answer.body.toString(), 'one two');
        assert.is(answer.headers['content-type'], 'text/plain');
        await ports.until(() => closes > 0, 'the close');
        assert.is(closes, 1);
      });
    }),
  );

  http(`${kind}: a reader who leaves closes the stream once`, () =>
    withPorts(kind, async (ports) => {
      const streams: OutboundStream[] = [];
      let closes = 0;
      const stream = (out: OutboundStream) => {
        streams.push(out);
        out.onClose(() => {
          closes += 1;
        });
        out.write('data: 1\n\n');
      };
      const onRequest = () => ({ status: 200, stream });
      await withServer(ports, { onRequest }, async ({ port }) => {
        const url = `http://127.0.0.1:${port}/events`;
        const request = { method: 'GET', url, timeoutMs: 40 };
        const code = await ports.settle(codeOf(ports.client.http.request(request)));
        assert.is(code, 'NETWORK_TIMEOUT');
        await ports.until(() => closes > 0, 'the close');
        await ports.pass(5);
        assert.is(closes, 1);
        assert.is(streams[0]?.isOpen, false);
        let told = false;
        streams[0]?.onClose(() => {
          told = true;
        });
        await ports.until(() => told, 'who asks late is told too');
      });
    }),
  );

  http(`${kind}: a taken address is refused with what to do about it`, () =>
    withPorts(kind, (ports) =>
      withServer(ports, {}, async ({ port }) => {
        let refusal: unknown;
        const work = ports.server.http.serve(serverOptions({ port })).catch((error: unknown) => {
          refusal = error;
        });
        await ports.settle(work);
        assert.instance(refusal, HoldfastError);
        assert.is((refusal as HoldfastError).code, 'PORT_IN_USE');
        assert.match((refusal as HoldfastError).message, String(port));
        assert.match((refusal as HoldfastError).message, /choose another port/);
      }),
    ),
  );

  http(`${kind}: a closed server frees its address and cuts who stays beyond the grace`, () =>
    withPorts(kind, async (ports) => {
      const onRequest = () => ({
        status: 200,
        stream: (out: OutboundStream) => out.write('open end'),
      });
      const server = await ports.settle(ports.server.http.serve(serverOptions({ onRequest })));
      const url = `http://127.0.0.1:${server.port}/`;
      const pending = codeOf(ports.client.http.request({ method: 'GET', url, timeoutMs }));
      await ports.pass(30);
      await ports.settle(server.close(10));
      assert.is(await ports.settle(pending), 'NETWORK_CLOSED');
      const code = await ports.settle(
        codeOf(ports.client.http.request({ method: 'GET', url, timeoutMs })),
      );
      assert.is(code, 'NETWORK_UNREACHABLE');
      const again = await ports.settle(
        ports.server.http.serve(serverOptions({ port: server.port })),
      );
      await ports.settle(again.close(0));
    }),
  );

  http(`${kind}: connections beyond the bound are turned away`, () =>
    withPorts(kind, async (ports) => {
      const onRequest = () => ({ status: 200, stream: (out: OutboundStream) => out.write('x') });
      await withServer(ports, { onRequest, maxConnections: 2 }, async ({ port }) => {
        const url = `http://127.0.0.1:${port}/`;
        const ask = (ms: number) =>
          codeOf(ports.client.http.request({ method: 'GET', url, timeoutMs: ms }));
        const held = [ask(300), ask(300)];
        await ports.pass(50);
        assert.is(await ports.settle(ask(200)), 'NETWORK_CLOSED');
        for (const one of held) assert.is(await ports.settle(one), 'NETWORK_TIMEOUT');
      });
    }),
  );
}

http.run();
