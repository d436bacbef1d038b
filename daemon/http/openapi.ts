/** The OpenAPI 3.1 document of a port, from the same table that serves it. */
import { z } from 'zod';
import type { Route } from './routes.ts';

export interface OpenApiInfo {
  readonly title: string;
  readonly version: string;
  readonly description: string;
  /** Whether requests need a bearer token. */
  readonly secured: boolean;
}

const problemSchema = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  error_code: z.string(),
  trace_id: z.string(),
  details: z.record(z.string(), z.unknown()).optional(),
});

function schemaOf(schema: z.ZodType): unknown {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: 'output' }) as Record<
    string,
    unknown
  >;
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

function operationOf(route: Route, secured: boolean): unknown {
  const content =
    route.kind === 'json'
      ? { 'application/json': { schema: schemaOf(route.response) } }
      : { [route.contentType]: { schema: { type: 'string' } } };
  const others = route.kind === 'json' ? Object.entries(route.otherStatuses ?? {}) : [];
  return {
    summary: route.summary,
    parameters: parametersOf(route),
    ...(route.body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: schemaOf(route.body) } },
          },
        }),
    responses: {
      200: { description: 'Done', content },
      ...Object.fromEntries(
        others.map(([status, description]) => [status, { description, content }]),
      ),
      default: {
        description: 'A problem document',
        content: {
          'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
        },
      },
    },
    ...(secured ? { security: [{ bearer: [] }] } : {}),
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
