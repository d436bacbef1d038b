/** docs/status-api.md: what the two ports answer, from the tables that serve them. */
import { z } from 'zod';
import { commandAnswerSchema, commandRows } from '../../../daemon/http/command-table.ts';
import { attachQuerySchema } from '../../../daemon/http/live/attach-query.ts';
import { liveStreamRows } from '../../../daemon/http/live/streams.ts';
import { operationsRows } from '../../../daemon/http/operations-routes.ts';
import { problemSchema } from '../../../daemon/http/problem.ts';
import { statusSchema } from '../../../daemon/http/status-schema.ts';
import { unbuiltStatusRoutes } from '../../../daemon/http/unbuilt.ts';
import { generatedPage, markdownTable } from './markdown.ts';
import { boundsText, type SchemaNode, schemaText } from './schema-text.ts';

function fields(schema: z.ZodType, io: 'input' | 'output' = 'output'): string {
  const { properties = {} } = z.toJSONSchema(schema, { io }) as SchemaNode;
  const rows = Object.entries(properties).map(([name, node]) => [
    `\`${name}\``,
    schemaText(node),
    boundsText(node),
  ]);
  return markdownTable(['key', 'value', 'bounds'], rows);
}

function commandTable(isBuilt: boolean): string {
  const rows = commandRows
    .filter((row) => row.isBuilt === isBuilt)
    .map(({ path, role, effect, summary }) => [`\`POST ${path}\``, role, effect, summary]);
  return markdownTable(['command', 'role', 'effect', 'does'], rows);
}

export function statusApiPage(): string {
  const streams = liveStreamRows.map(({ name, journal, about }) => [
    `\`${name}\``,
    journal === null ? 'live only' : `\`${journal}\``,
    about,
  ]);
  const unbuilt = unbuiltStatusRoutes().map(({ path, summary }) => [`\`GET ${path}\``, summary]);
  return generatedPage('Ports', '`daemon/http/`', [
    'Both ports describe themselves in `/openapi.json` (OpenAPI 3.1), carry `x-trace-id` (a W3C `traceparent` is taken over), and answer ' +
      'errors as problem documents. `Host` has to name the port, and `Origin`, when a browser sends one, the page of the status port. ' +
      'How to read the status: [health endpoints](health_endpoint.md).',
    '## Status port',
    'GET only; any other method is 405. No token on loopback; beyond it, TLS and a `viewer` token.',
    '### `/api/v1/status`',
    fields(statusSchema),
    ...operationsRows.flatMap(({ path, summary, response }) => [
      `### \`${path}\``,
      summary,
      fields(response),
    ]),
    '### Live streams',
    '`GET /api/v1/streams` lists them, `GET /api/v1/streams/:name` attaches: as WebSocket, or as server-sent events. ' +
      'Items come with their journal offset, in order, without gap or repeat; server-sent events resume by `Last-Event-ID`. ' +
      'History waits for a slow client; live items it has no room for are dropped, and a `dropped` notice says how many. ' +
      'A client that stays behind is cut.',
    markdownTable(['stream', 'journal', 'holds'], streams),
    fields(attachQuerySchema, 'input'),
    '### Specified, answered 501',
    markdownTable(['endpoint', 'will say'], unbuilt),
    '## Control port',
    'Every command carries `Authorization: Bearer <token>`, `Idempotency-Key` and a JSON body; what loosens also `X-Request-Time` ' +
      '(epoch milliseconds, five minutes at most off). The same key and body within 24 hours get the stored answer, after a restart too; ' +
      'the same key with another body is 409. What tightens is never rate limited. Refusals are recorded like commands.',
    commandTable(true),
    'Answer:',
    fields(commandAnswerSchema),
    '### Specified commands, answered 501',
    commandTable(false),
    '## Problem documents',
    fields(problemSchema),
    'Codes: [errors](errors.md).',
  ]);
}
