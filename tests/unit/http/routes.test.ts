import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { answerRoute, findRoute, type Route } from '../../../daemon/http/routes.ts';
import { HoldfastError } from '../../../streams/facts/errors.ts';
import { codeOf, inbound } from '../../fixtures/system/requests.ts';

const routes = suite('routes');

const table: Route[] = [
  {
    kind: 'json',
    method: 'GET',
    path: '/things/:name',
    summary: 'One thing.',
    query: z.strictObject({ size: z.coerce.number().optional() }),
    response: z.unknown(),
    answer: ({ params, query }) => ({ value: { params, query } }),
  },
  {
    kind: 'json',
    method: 'POST',
    path: '/things',
    summary: 'Makes one.',
    body: z.strictObject({ name: z.string() }),
    response: z.unknown(),
    answer: ({ body }) => ({ status: 201, value: body }),
  },
];

async function ask(...args: Parameters<typeof inbound>): Promise<unknown> {
  const request = inbound(...args);
  const { body } = await answerRoute(findRoute(table, request), request, 'a'.repeat(32));
  return JSON.parse(String(body)) as unknown;
}

routes('a parameter segment is decoded, a query is parsed', async () => {
  assert.equal(await ask('/things/a%2Fb%20c?size=3'), {
    params: { name: 'a/b c' },
    query: { size: 3 },
  });
});

routes('a path is matched as a whole, and an empty segment is no name', async () => {
  for (const path of ['/things/a/b', '/thing/a', '/things/', '/', '//things/a', '/things']) {
    const code = await codeOf(() => ask(path));
    assert.is(code, path === '/things' ? 'METHOD_NOT_ALLOWED' : 'NOT_FOUND', path);
  }
});

routes('the wrong method names the right ones', () => {
  try {
    findRoute(table, inbound('/things', { method: 'DELETE' }));
    assert.unreachable();
  } catch (error) {
    assert.instance(error, HoldfastError);
    assert.is((error as HoldfastError).details.allow, 'POST');
  }
});

routes('what does not have the documented form is refused as the caller’s mistake', async () => {
  const cases: Array<Parameters<typeof inbound>> = [
    ['/things/%E0%A4%A'],
    ['/things/a?size=big'],
    ['/things/a?other=1'],
    ['/things', { method: 'POST', body: '{' }],
    ['/things', { method: 'POST', body: '{"name":1}' }],
    ['/things', { method: 'POST', body: '{"name":"a","more":1}' }],
    [
      '/things',
      { method: 'POST', body: '{"name":"a"}', headers: { 'content-type': 'text/plain' } },
    ],
    ['/things', { method: 'POST' }],
  ];
  for (const args of cases) {
    assert.is(await codeOf(() => ask(...args)), 'REQUEST_INVALID', JSON.stringify(args));
  }
});

routes('a body of the right form arrives, with a charset in its type or without', async () => {
  const headers = { 'content-type': 'application/json; charset=utf-8' };
  assert.equal(await ask('/things', { method: 'POST', body: '{"name":"a"}', headers }), {
    name: 'a',
  });
});

routes.run();
