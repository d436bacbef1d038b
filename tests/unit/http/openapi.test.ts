import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { routeShape } from '../../../daemon/http/command-door.ts';
import { commandRows } from '../../../daemon/http/command-table.ts';
import { liveRoutes } from '../../../daemon/http/live/index.ts';
import { openApiDocument } from '../../../daemon/http/openapi.ts';
import type { Route } from '../../../daemon/http/routes.ts';
import { unbuiltStatusRoutes } from '../../../daemon/http/unbuilt.ts';

const openapi = suite('OpenAPI document');

interface Operation {
  readonly parameters: ReadonlyArray<{ name: string; in: string; required: boolean }>;
  readonly requestBody?: { content: Record<string, { schema: { required?: string[] } }> };
  readonly responses: Record<string, unknown>;
  readonly security?: unknown;
}
type Paths = Record<string, Record<string, Operation>>;

const info = { title: 'Test', version: '1.0.0', description: '', secured: true };

function pathsOf(routes: readonly Route[]): Paths {
  return (openApiDocument(info, routes) as { paths: Paths }).paths;
}

openapi('every route stands in it under its own method', () => {
  const live = liveRoutes({ eventStream: () => ({ status: 200 }) });
  const shapes = commandRows.map(
    (row): Route => ({ ...routeShape(row), answer: () => ({ value: 0 }) }),
  );
  const routes = [...live, ...unbuiltStatusRoutes(), ...shapes];
  const paths = pathsOf(routes);
  for (const { path, method } of routes) {
    const documented = paths[path.replace(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()];
    assert.ok(documented !== undefined, `${method} ${path}`);
    assert.ok(documented?.responses.default !== undefined, `${path} can be refused`);
    const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name);
    const parameters = documented?.parameters.filter((parameter) => parameter.in === 'path');
    assert.equal(
      parameters?.map(({ name }) => name),
      inPath,
    );
  }
});

openapi('what is not built says 501 and promises nothing else', () => {
  const paths = pathsOf(unbuiltStatusRoutes());
  assert.ok(Object.keys(paths).length >= 10);
  for (const [path, { get }] of Object.entries(paths)) {
    assert.equal(Object.keys(get?.responses ?? {}).sort(), ['501', 'default'], path);
  }
});

openapi(
  'a command asks for its key and its token, and a default is not required of the caller',
  () => {
    const row = commandRows.find(({ path }) => path.endsWith('reduce_only'));
    assert.ok(row !== undefined);
    if (row === undefined) return;
    const paths = pathsOf([{ ...routeShape(row), answer: () => ({ value: 0 }) }]);
    const post = paths['/api/v1/emergency/reduce_only']?.post;
    assert.ok(
      post?.parameters.some(({ name, required }) => name === 'Idempotency-Key' && required),
    );
    assert.equal(post?.security, [{ bearer: [] }]);
    assert.is(post?.requestBody?.content['application/json']?.schema.required, undefined);
  },
);

openapi('it is JSON without references that lead nowhere', () => {
  const route: Route = {
    kind: 'json',
    method: 'GET',
    path: '/a',
    summary: '',
    response: z.strictObject({ a: z.number().nullable() }),
    answer: () => ({ value: { a: 1 } }),
  };
  const text = JSON.stringify(openApiDocument(info, [route]));
  const { components } = JSON.parse(text) as { components: { schemas: Record<string, unknown> } };
  for (const [, name = ''] of text.matchAll(/#\/components\/schemas\/(\w+)/g)) {
    assert.ok(name in components.schemas, name);
  }
});

openapi.run();
