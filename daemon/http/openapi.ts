/** The OpenAPI 3.1 document of a port, from the same table that serves it. */
import { z } from 'zod';
import { problemSchema } from './problem.ts';
import { jsonResponse, type Route } from './routes.ts';

export interface OpenApiInfo {
  readonly title: string;
  readonly version: string;
  readonly description: string;
  /** Whether requests need a bearer token. */
  readonly secured: boolean;
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output' = 'output'): unknown {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io }) as Record<string, unknown>;
  return rest;
}

function parametersOf(route: Route): unknown[] {
  const inPath = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const query =
    route.query === undefined ? {} : (z.toJSONSchema(route.query, { io: 'input' }) as QuerySchema);
  const inQuery = Object.entries(query.properties ?? {}).map(([name, schema]) => ({
    name,
    in: 'query',
    required: query.required?.includes(name) ?? false,
    schema,
  }));
  return [...inPath, ...inQuery];
}

interface QuerySchema {
  readonly properties?: Record<string, unknown>;
  readonly required?: readonly string[];
}

const problemContent = {
  'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
};

function rawType(contentType: string): 'object' | 'string' {
  return contentType === 'application/json' ? 'object' : 'string';
}

function responsesOf(route: Route): Record<string, unknown> {
  const refused = { default: { description: 'A problem document', content: problemContent } };
  if (route.notBuilt === true) {
    return {
      501: { description: 'Specified, not built yet', content: problemContent },
      ...refused,
    };
  }
  const content =
    route.kind === 'json'
      ? { 'application/json': { schema: schemaOf(route.response) } }
      : { [route.contentType]: { schema: { type: rawType(route.contentType) } } };
  const others = route.kind === 'json' ? Object.entries(route.otherStatuses ?? {}) : [];
  return {
    200: { description: 'Done', content },
    ...Object.fromEntries(
      others.map(([status, description]) => [status, { description, content }]),
    ),
    ...refused,
  };
}

function commandHeaders(route: Route): unknown[] {
  if (route.method === 'GET') return [];
  return [
    {
      name: 'Idempotency-Key',
      in: 'header',
      required: true,
      description: 'Same key and body within 24 h: the stored answer. Another body: 409.',
      schema: { type: 'string', minLength: 1, maxLength: 128 },
    },
    {
      name: 'X-Request-Time',
      in: 'header',
      required: false,
      description: 'Epoch milliseconds; needed by commands that loosen. Over 5 min off: refused.',
      schema: { type: 'string', pattern: '^\\d+$' },
    },
  ];
}

function operationOf(route: Route, secured: boolean): unknown {
  return {
    summary: route.summary,
    parameters: [...parametersOf(route), ...commandHeaders(route)],
    ...(route.body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: schemaOf(route.body, 'input') } },
          },
        }),
    responses: responsesOf(route),
    ...(secured && route.method !== 'GET' ? { security: [{ bearer: [] }] } : {}),
  };
}

/** Every route is in the document: the contract test walks both. */
export function openApiDocument(info: OpenApiInfo, routes: readonly Route[]): unknown {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = {
      ...paths[path],
      [route.method.toLowerCase()]: operationOf(route, info.secured),
    };
  }
  return {
    openapi: '3.1.0',
    info: { title: info.title, version: info.version, description: info.description },
    paths,
    components: {
      schemas: { Problem: schemaOf(problemSchema) },
      ...(info.secured ? { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } } : {}),
    },
  };
}

/** `/openapi.json` for `routes`, itself included. */
export function openApiRoute(info: OpenApiInfo, routes: readonly Route[]): Route {
  let rendered: string | undefined;
  const route: Route = {
    kind: 'raw',
    method: 'GET',
    path: '/openapi.json',
    summary: 'This document.',
    contentType: 'application/json',
    answer: () => {
      rendered ??= JSON.stringify(openApiDocument(info, [...routes, route]));
      return jsonResponse(200, rendered);
    },
  };
  return route;
}
