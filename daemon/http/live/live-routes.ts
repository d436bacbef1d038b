/** The routes of the status port that list streams and attach. Upgrades go to `acceptSocket`. */
import { z } from 'zod';
import type { OutboundHttpResponse } from '../../../streams/ports/index.ts';
import type { Route, RouteContext } from '../routes.ts';
import { attachQuerySchema } from './attach-query.ts';
import { liveStreamRows } from './streams.ts';

const streamListSchema = z.strictObject({
  streams: z.array(
    z.strictObject({ name: z.string(), journal: z.string().nullable(), about: z.string() }),
  ),
});

/** What answers an attachment by server-sent events. */
export interface EventStreams {
  eventStream(context: RouteContext): OutboundHttpResponse;
}

export function liveRoutes(live: EventStreams): Route[] {
  return [
    {
      kind: 'json',
      method: 'GET',
      path: '/api/v1/streams',
      summary: 'The live streams there are.',
      response: streamListSchema,
      answer: () => ({
        value: {
          streams: liveStreamRows.map(({ name, journal, about }) => ({ name, journal, about })),
        },
      }),
    },
    {
      kind: 'raw',
      method: 'GET',
      path: '/api/v1/streams/:name',
      summary:
        'Attach by server-sent events, or by WebSocket upgrade. `from` replays from an offset and joins live.',
      query: attachQuerySchema,
      contentType: 'text/event-stream',
      answer: (context) => live.eventStream(context),
    },
  ];
}
